import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { backend_util, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import type { Memory } from "./memory";
import type { Build } from "./module";
import { TensorData } from "./tensor-data";
import type { ThreadPool } from "./thread-pool";

type DataId = TensorInfo["dataId"];

/** Slots of 4 bytes for one kernel's arguments. */
const ARGUMENT_SLOTS = 64;

/**
 * The tfjs backend: tensors live in one WebAssembly memory once a kernel of ours has touched them;
 * kernels that we do not have are the cpu backend's and read the same numbers through views.
 */
export class SimdBackend extends MathBackendCPU {
  readonly #args: number;
  /** What the kernel that is running has made, and those that it runs, to take back if it fails. */
  readonly #made: DataId[] = [];
  /** How many kernels run within one another. */
  #depth = 0;

  constructor(
    readonly heap: Memory,
    readonly pool: ThreadPool,
    /** Which build of the kernels runs. */
    readonly build: Build = "plain",
  ) {
    super();
    // Spares the log the cpu backend's advice to install tfjs-node (tfjs-backend-cpu 4.22.0).
    Object.assign(this, { firstUse: false });
    this.#args = heap.allocate(ARGUMENT_SLOTS * 4);
  }

  /**
   * Runs a kernel. Arguments are addresses and whole numbers; a float goes through `bits`.
   *
   * @param units How many units of work there are.
   * @param cost About how long one thread takes for all, in nanoseconds.
   * @param repeatable False if the kernel reads what it overwrites, so that a share that was begun
   *   cannot be done once more.
   * @throws Error if the kernel traps.
   */
  run(
    kernel: string,
    args: readonly number[],
    units: number,
    cost: number,
    repeatable = true,
  ): void {
    if (args.length > ARGUMENT_SLOTS) {
      throw new RangeError(
        `kernel ${kernel}: expected at most ${ARGUMENT_SLOTS} arguments, got ${args.length}`,
      );
    }
    if (units <= 0) return;
    const { ints } = this.heap;
    const first = this.#args / 4;
    // One by one: set() of an array takes longer than a small kernel does.
    for (let n = 0; n < args.length; n++) ints[first + n] = args[n]!;
    this.pool.run(kernel, this.#args, units, cost, repeatable);
  }

  /** Threads that share the work, the caller's included. */
  get threads(): number {
    return this.pool.threads;
  }

  /**
   * Runs the body of a kernel; if it throws, as it does where there is no room, what it has made is
   * disposed and everything is as before.
   */
  wholly<Given, Result>(body: (given: Given) => Result, given: Given): Result {
    const before = this.#made.length;
    this.#depth++;
    try {
      return body(given);
    } catch (error) {
      for (const dataId of this.#made.splice(before)) this.disposeData(dataId, true);
      throw error;
    } finally {
      this.#depth--;
      // One by one: setting the length gives the array's room away, to be taken again by the next.
      if (this.#depth === 0) while (this.#made.length > 0) this.#made.pop();
    }
  }

  /** Where a tensor's numbers are; moves them into the memory the first time. */
  addressOf({ dataId }: { dataId: DataId }): number {
    return this.#dataOf(dataId).place(this.heap);
  }

  /** A new tensor in the memory; its numbers are whatever was there before. */
  output(shape: number[], dtype: "float32" | "int32" | "bool" = "float32"): TensorInfo {
    const data = TensorData.inMemory(this.heap, util.sizeFromShape(shape), dtype);
    return { dataId: this.#add(data), shape, dtype };
  }

  /** Scratch memory for one call of the caller's; `memory.release` gives it back. */
  reserve(floats: number): number {
    return this.heap.allocate(floats * 4);
  }

  override write(values: backend_util.BackendValues, _shape: number[], dtype: DataType): DataId {
    return this.#add(new TensorData(this.#owned(values), dtype));
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    _shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const data = new TensorData(this.#owned(values), dtype);
    data.refCount = refCount;
    this.data.set(dataId, data);
  }

  override readSync(dataId: DataId): backend_util.BackendValues {
    const values = super.readSync(dataId);
    // A copy always: the memory behind a view is another tensor's once this one is disposed, and an
    // array of the tensor's own moves into the memory later, after which it shows nothing any more.
    return ArrayBuffer.isView(values) ? (values.slice() as typeof values) : values;
  }

  override async read(dataId: DataId): Promise<backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const data = this.data.has(dataId) ? this.#dataOf(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    if (data && !this.data.has(dataId)) data.release(this.heap);
    return gone;
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    const { bytesInUse, bytesReserved } = this.heap;
    return { unreliable: false, reasons: [], ...{ bytesInUse, bytesReserved } };
  }

  override dispose(): void {
    this.pool.dispose();
  }

  // The cpu backend's kernels may hand on views of their inputs, as its slice does.
  #owned<Values extends backend_util.BackendValues>(values: Values): Values {
    return ArrayBuffer.isView(values) && this.heap.holds(values)
      ? (values.slice() as Values)
      : values;
  }

  #add(data: TensorData): DataId {
    const dataId = {};
    this.data.set(dataId, data);
    if (this.#depth > 0) this.#made.push(dataId);
    return dataId;
  }

  #dataOf(dataId: DataId): TensorData {
    return this.data.get(dataId) as TensorData;
  }
}

const float = new Float32Array(1);
const whole = new Int32Array(float.buffer);

/** A float as the whole number of the same 32 bits, to go among arguments. */
export function bits(value: number): number {
  float[0] = value;
  return whole[0]!;
}
