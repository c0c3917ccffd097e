import { isRegistered } from "../activate";
import { loadFor, startFor } from "../install";
import type { Open } from "./open";

interface SimdPackage {
  registerSimd?(): void;
}

/** As much as we tell of our engine; a backend of another make under its name may lack it. */
interface Engine {
  readonly threads?: number;
  readonly build?: string;
}

/** Our own CPU engine, which registers the backend `simd` when it is imported. */
export const openSimd: Open = async (host) => {
  // An application may have imported it already, in a bundle where we cannot find it by name.
  if (!isRegistered("simd")) {
    const simd = (await loadFor("simd", host, "@tx/simd")) as SimdPackage;
    // For when it was removed: a second import of the package does nothing.
    simd.registerSimd?.();
  }
  const { threads, build } = (await startFor("simd", "@tx/simd")) as Engine;
  const simd = build === "relaxed" ? "relaxed SIMD" : "SIMD";
  const count = threads === undefined ? "" : `, ${threads} thread${threads === 1 ? "" : "s"}`;
  return `${host.processor}, WebAssembly ${simd}${count} (@tx/simd)`;
};
