/** A module of Node's own, or undefined in a browser; no bundler follows it. */
export function builtin<T>(id: string): T | undefined {
  return globalThis.process?.getBuiltinModule?.(id) as T | undefined;
}

/** Cores that this process may use. */
export function coreCount(): number {
  const os = builtin<typeof import("node:os")>("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Whether memory may be shared with threads: always in Node, in a page if it is cross-origin isolated. */
export function maySharedMemory(): boolean {
  return (
    typeof SharedArrayBuffer !== "undefined" &&
    (builtin("node:worker_threads") !== undefined || globalThis.crossOriginIsolated === true)
  );
}

/** Whether this thread may sleep in Atomics.wait: not the main thread of a page. */
export function maySleep(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}
