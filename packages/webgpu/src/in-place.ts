import { env, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "./backend";

/**
 * Whether each of some tensors alone holds its numbers, and they are not each other's, nor those of
 * the rest: then a program may write over them. While programs are only compiled nothing is written, so
 * that whoever looks after the numbers meanwhile is no reason against it.
 */
export function areUnshared(
  backend: WebgpuBackend,
  tensors: readonly TensorInfo[],
  others: readonly (TensorInfo | undefined)[],
): boolean {
  const all = [...tensors, ...others].flatMap((tensor) => (tensor ? [tensor.dataId] : []));
  if (new Set(all).size < all.length) return false;
  if (env().getBool("WEBGPU_ENGINE_COMPILE_ONLY")) return true;
  return tensors.every(({ dataId }) => backend.refCount(dataId) === 1);
}

/**
 * To be called once a program has written over a tensor. tfjs-backend-webgpu 4.22.0 keeps what it has
 * read of one, and a reading that is under way will yet bring older numbers: from now on it keeps
 * nothing of this one, and reads it anew each time.
 */
export function forgetOnHost(backend: WebgpuBackend, { dataId }: TensorInfo): void {
  Object.defineProperty(backend.tensorMap.get(dataId), "values", {
    get: () => null,
    set: () => {},
    configurable: true,
    enumerable: true,
  });
}

/** A tensor that was written over, handed out once more. */
export function again(backend: WebgpuBackend, tensor: TensorInfo): TensorInfo {
  const { dataId, shape, dtype } = tensor;
  forgetOnHost(backend, tensor);
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
