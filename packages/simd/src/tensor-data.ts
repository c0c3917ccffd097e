import type { backend_util, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { Memory } from "./memory";

type NumberArray = Float32Array | Int32Array | Uint8Array;

/** One tensor's numbers: in an array of their own until a kernel wants their address. */
export class TensorData {
  refCount = 1;
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  #values: backend_util.BackendValues | undefined;
  #memory: Memory | undefined;
  #address = 0;
  #size = 0;

  constructor(
    values: backend_util.BackendValues | undefined,
    readonly dtype: DataType,
  ) {
    this.#values = values;
  }

  /** Numbers in the memory from the start, not yet written. */
  static inMemory(memory: Memory, size: number, dtype: "float32" | "int32" | "bool"): TensorData {
    const data = new TensorData(undefined, dtype);
    data.#settle(memory, size);
    return data;
  }

  /** The numbers: of its own, or a view of the memory for as long as the memory does not grow. */
  get values(): backend_util.BackendValues {
    const memory = this.#memory;
    const view = this.#values as NumberArray | undefined;
    if (memory && view?.buffer !== memory.buffer) this.#values = viewOf(memory, this);
    // None only for a complex tensor, whose kernels do not ask.
    return this.#values as backend_util.BackendValues;
  }

  /** A kernel of the cpu backend may set them. */
  set values(values: backend_util.BackendValues) {
    if (this.#memory) this.release(this.#memory);
    this.#values = values;
  }

  get address(): number {
    return this.#address;
  }

  get size(): number {
    return this.#size;
  }

  /** The address of the numbers, moving them into the memory if they are not there. */
  place(memory: Memory): number {
    if (this.#memory) return this.#address;
    const values = this.#values;
    if (values === undefined || this.dtype === "string" || this.dtype === "complex64") {
      throw new RangeError(`tensor: expected numbers, got ${this.dtype}`);
    }
    this.#settle(memory, values.length);
    (this.values as NumberArray).set(values as ArrayLike<number>);
    return this.#address;
  }

  /** Gives its memory back. */
  release(memory: Memory): void {
    if (!this.#memory) return;
    memory.release(this.#address);
    this.#memory = undefined;
    this.#values = undefined;
  }

  #settle(memory: Memory, size: number): void {
    this.#address = memory.allocate(size * (this.dtype === "bool" ? 1 : 4));
    this.#size = size;
    this.#values = undefined;
    this.#memory = memory;
  }
}

function viewOf({ buffer }: Memory, { address, size, dtype }: TensorData): NumberArray {
  if (dtype === "float32") return new Float32Array(buffer, address, size);
  if (dtype === "int32") return new Int32Array(buffer, address, size);
  return new Uint8Array(buffer, address, size);
}
