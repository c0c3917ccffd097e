import { isRegistered } from "../activate";
import { loadFor, startFor } from "../install";
import type { Open } from "./open";

/** Our own CPU engine, which registers the backend `simd` when it is imported. */
export const openSimd: Open = async (host) => {
  // An application may have imported it already, in a bundle where we cannot find it by name.
  if (!isRegistered("simd")) await loadFor("simd", host, "@tx/simd", { ordinary: true });
  await startFor("simd", "@tx/simd");
  return `${host.processor}, WebAssembly SIMD (@tx/simd)`;
};
