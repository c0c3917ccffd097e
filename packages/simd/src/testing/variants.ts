import { engine, findBackendFactory, setBackend } from "@tensorflow/tfjs-core";
import { SimdBackend } from "../backend";
import { Memory } from "../memory";
import { type Build, compileKernels } from "../module";
import { registerAs } from "../register";
import { type Sharing, ThreadPool } from "../thread-pool";
import { GuardedMemory } from "./guarded-memory";

interface Variant {
  readonly build: Build;
  readonly threads: number;
  readonly sharing?: Sharing;
  readonly guarded?: boolean;
}

/** Every unit by itself: the other extreme of one share for all. */
const finest: Sharing = { smallNs: 0, sharesAThread: Number.POSITIVE_INFINITY };

/** Ways to run the same kernels; what has the same build must give the same bits. */
const variants = {
  /** Memory that is not shared, one share for all. */
  "simd-one": { build: "relaxed", threads: 1 },
  /** Each unit a share of its own, every block between guards. */
  "simd-finest": { build: "relaxed", threads: 2, sharing: finest, guarded: true },
  /** Shares of several units, on an odd number of threads. */
  "simd-three": { build: "relaxed", threads: 3, sharing: { smallNs: 0 } },
  "simd-plain": { build: "plain", threads: 1 },
  "simd-plain-two": { build: "plain", threads: 2, sharing: finest },
  /** For blocks that lie against the end of the memory. */
  "simd-edge": { build: "relaxed", threads: 1, guarded: true },
} as const satisfies Record<string, Variant>;

export type VariantName = keyof typeof variants;

/** Makes a way to run the active backend. */
export async function useVariant(name: VariantName): Promise<SimdBackend> {
  if (!findBackendFactory(name)) registerAs(name, () => start(variants[name]), 0);
  if (!(await setBackend(name))) throw new Error(`backend: expected ${name} to come up`);
  return engine().backend as SimdBackend;
}

async function start({ build, threads, sharing, guarded }: Variant): Promise<SimdBackend> {
  const shared = threads > 1;
  const compiled = await compileKernels(shared, build);
  const memory = guarded ? new GuardedMemory(shared) : new Memory(shared);
  const pool = await ThreadPool.start(compiled.module, memory, threads, sharing);
  return new SimdBackend(memory, pool, compiled.build);
}
