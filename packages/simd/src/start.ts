import { SimdBackend } from "./backend";
import { coreCount, maySharedMemory } from "./host";
import { Memory } from "./memory";
import { type Build, compileKernels } from "./module";
import { MOST_THREADS, ThreadPool } from "./thread-pool";

export interface SimdOptions {
  /**
   * Threads that share the work, the caller's included. Default: as many as cores. Where memory may
   * not be shared (see the README: pages that are not cross-origin isolated) there is one.
   */
  threads?: number;
  /** Most memory in bytes. Default 4 GB, the most that WebAssembly has. */
  maximumBytes?: number;
  /** Which build of the kernels. Default: the fastest that the engine can run. */
  build?: Build;
  /** Whether memory is shared with threads. Default: where it may be. */
  shared?: boolean;
}

/**
 * Brings the backend up.
 *
 * @throws RangeError if an option makes no sense here.
 */
export async function startSimd(options: SimdOptions = {}): Promise<SimdBackend> {
  const { threads = Math.min(coreCount(), MOST_THREADS), maximumBytes = 2 ** 32 } = options;
  const { shared = maySharedMemory() && threads > 1 } = options;
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw new RangeError(
      `threads: expected a whole number in [1, ${MOST_THREADS}], got ${threads}`,
    );
  }
  if (!(maximumBytes >= 2 ** 22 && maximumBytes <= 2 ** 32)) {
    throw new RangeError(`maximumBytes: expected a number in [2^22, 2^32], got ${maximumBytes}`);
  }
  if (shared && !maySharedMemory()) {
    throw new RangeError(
      "shared: expected a page that is cross-origin isolated, got one that is not",
    );
  }
  const { module, build } = await compileKernels(shared, options.build);
  const memory = new Memory(shared, Math.floor(maximumBytes / 65_536));
  const pool = await ThreadPool.start(module, memory, threads);
  return new SimdBackend(memory, pool, build);
}
