import { builtin } from "./host";
import { workerSource } from "./worker-source";

/** What a worker needs to begin. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The block of {@link "./control"}. */
  readonly control: ArrayBufferLike;
  /** Address of the worker's own scratch memory. */
  readonly scratch: number;
  /** The worker's number. */
  readonly worker: number;
}

export interface WorkerHandle {
  /** Ends the thread, wherever it is. */
  end(): void;
  /**
   * Whether the thread has ended or never began; also told while the caller's own thread is busy,
   * when no event arrives. Undefined where that cannot be known (in pages).
   */
  gone(): boolean | undefined;
}

/**
 * Starts a thread that serves the pool; it never keeps a process alive.
 *
 * @param onGone Called when the thread ends by itself.
 * @param source What it runs; tests give it a weakness.
 */
export function startWorker(
  data: WorkerData,
  onGone: () => void,
  source = workerSource,
): WorkerHandle {
  const threads = builtin<typeof import("node:worker_threads")>("node:worker_threads");
  try {
    return threads ? inNode(threads, data, onGone, source) : inPage(data, onGone, source);
  } catch {
    // Node's permission model, or a content security policy without blob workers.
    return { end: () => {}, gone: () => true };
  }
}

function inNode(
  { Worker }: typeof import("node:worker_threads"),
  data: WorkerData,
  onGone: () => void,
  source: string,
): WorkerHandle {
  // No environment or arguments of ours: --inspect, loaders and the like are not the workers'.
  const worker = new Worker(source, { eval: true, execArgv: [], env: {}, name: "tx-simd" });
  let over = false;
  const leave = () => {
    over = true;
    onGone();
  };
  worker.on("error", leave);
  worker.on("exit", leave);
  worker.postMessage(data);
  worker.unref();
  return {
    end: () => void worker.terminate(),
    // Node reads this from the thread itself: -1 once its loop is gone, events or no events.
    gone: () => {
      if (over) return true;
      const idle = worker.performance?.eventLoopUtilization?.().idle;
      return idle === undefined ? undefined : idle === -1;
    },
  };
}

function inPage(data: WorkerData, onGone: () => void, source: string): WorkerHandle {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  let over = false;
  worker.onerror = (event) => {
    event.preventDefault();
    over = true;
    onGone();
  };
  worker.postMessage(data);
  const end = () => {
    over = true;
    worker.terminate();
    URL.revokeObjectURL(address);
  };
  return { end, gone: () => over || undefined };
}
