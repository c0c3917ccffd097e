import { AT, CONTROL_SLOTS, MOST_SHARES, MOST_WORKERS } from "./control";
import type { Memory } from "./memory";
import { type Kernel, SharedJob } from "./shared-job";
import { startWorker, type WorkerHandle } from "./start-worker";

/** Memory of each thread's own, in bytes. */
const SCRATCH_BYTES = 1 << 18;
/** Threads of one pool at most, the caller's included. */
export const MOST_THREADS = MOST_WORKERS + 1;
/** In AT: a worker that has not come up. */
const NOT_UP = -1;
/** How long workers may take to come up, in milliseconds. */
const START_MS = 30_000;

/** How work is shared out. */
export interface Sharing {
  /** Work below this many nanoseconds is not worth a second thread. */
  readonly smallNs?: number;
  /** Shares a thread: more even out threads of unequal speed, fewer cost less to hand out. */
  readonly sharesAThread?: number;
  /** How a worker is started; tests keep its handle. */
  readonly start?: typeof startWorker;
}

interface PoolWorker extends WorkerHandle {
  /** Its slot of {@link AT}. */
  readonly slot: number;
}

/** Runs kernels on the calling thread and, where the work is worth it, on workers beside it. */
export class ThreadPool {
  readonly #kernels: Map<string, Kernel>;
  readonly #control: Int32Array;
  readonly #scratch: number;
  readonly #job: SharedJob;
  readonly #smallNs: number;
  readonly #sharesAThread: number;
  #workers: PoolWorker[] = [];
  #starting = true;

  private constructor(exports: WebAssembly.Exports, memory: Memory, sharing: Sharing) {
    const functions = Object.entries(exports).filter(([, value]) => typeof value === "function");
    this.#kernels = new Map(
      functions.map(([name, run], place) => [name, { name, run: run as Kernel["run"], place }]),
    );
    const bytes = CONTROL_SLOTS * 4;
    this.#control = new Int32Array(
      memory.shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
    );
    this.#scratch = memory.allocate(SCRATCH_BYTES);
    this.#job = new SharedJob(this.#control, this.#scratch);
    this.#smallNs = sharing.smallNs ?? 15_000;
    this.#sharesAThread = sharing.sharesAThread ?? 4;
  }

  /**
   * @param threads The caller's included; 1 starts no worker. More than one need a shared memory.
   */
  static async start(
    module: WebAssembly.Module,
    memory: Memory,
    threads: number,
    sharing: Sharing = {},
  ): Promise<ThreadPool> {
    const imports = { env: { memory: memory.wasm, abort() {} } };
    const { exports } = await WebAssembly.instantiate(module, imports);
    const pool = new ThreadPool(exports, memory, sharing);
    const wanted = memory.shared ? Math.min(threads, MOST_THREADS) - 1 : 0;
    const { start = startWorker } = sharing;
    const data = { module, memory: memory.wasm, control: pool.#control.buffer };
    for (let worker = 0; worker < wanted; worker++) {
      const slot = AT + worker;
      Atomics.store(pool.#control, slot, NOT_UP);
      const scratch = memory.allocate(SCRATCH_BYTES);
      const handle = start({ ...data, scratch, worker }, () => pool.#dismiss());
      pool.#workers.push({ ...handle, slot });
    }
    await pool.#ready();
    return pool;
  }

  /** Threads that share the work, the caller's included. */
  get threads(): number {
    return this.#workers.length + 1;
  }

  /**
   * Runs a kernel over all its units and returns when every one is done.
   *
   * @param name The kernel's export.
   * @param args Address of its arguments.
   * @param units How many units of work there are; any share of them may run on any thread.
   * @param cost About how long one thread takes for all, in nanoseconds.
   * @param repeatable Whether a share that was begun may be done once more from its start: not if
   *   the kernel reads what it overwrites.
   * @throws Error if the kernel traps; no thread is at it then any more.
   */
  run(name: string, args: number, units: number, cost: number, repeatable = true): void {
    const kernel = this.#kernels.get(name);
    if (!kernel) throw new RangeError(`kernel: expected one of the module's, got ${name}`);
    if (this.#workers.length === 0 || units < 2 || cost < this.#smallNs) {
      this.#job.alone(kernel, args, units);
      return;
    }
    const share = Math.ceil(units / this.#shares(units, cost));
    this.#job.run({ kernel, args, units, share, repeatable }, this.#workers, () => this.#dismiss());
  }

  /** Ends the workers; what comes after runs on the caller's thread. */
  dispose(): void {
    const workers = this.#workers;
    this.#workers = [];
    this.#job.retire();
    for (const worker of workers) worker.end();
  }

  #shares(units: number, cost: number): number {
    // Each share is to be worth about half of what makes work worth sharing at all.
    const worth = this.#smallNs > 0 ? Math.max(2, Math.floor((2 * cost) / this.#smallNs)) : units;
    return Math.min(this.threads * this.#sharesAThread, worth, units, MOST_SHARES);
  }

  /** Goes on without the workers that are gone. */
  #dismiss(): void {
    if (this.#starting) return;
    const left = this.#workers.filter((worker) => worker.gone() !== true);
    const gone = this.#workers.length - left.length;
    if (gone === 0) return;
    this.#workers = left;
    console.warn(`simd: ${plural(gone)} ended; going on with ${plural(left.length + 1)}`);
  }

  async #ready(): Promise<void> {
    const until = performance.now() + START_MS;
    const isUp = ({ slot }: PoolWorker) => Atomics.load(this.#control, slot) !== NOT_UP;
    const waiting = () => this.#workers.some((worker) => !isUp(worker) && worker.gone() !== true);
    while (waiting() && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    this.#starting = false;
    const late = this.#workers.filter((worker) => !isUp(worker));
    if (late.length === 0) return;
    this.#workers = this.#workers.filter(isUp);
    for (const worker of late) worker.end();
    console.warn(
      `simd: ${plural(late.length)} did not start; going on with ${plural(this.threads)}`,
    );
  }
}

function plural(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
