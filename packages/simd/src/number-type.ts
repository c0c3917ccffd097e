import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "./backend";

/** What a kernel of ours may read and write. */
export type NumberType = "float32" | "int32" | "bool";

export function isNumberType(dtype: DataType): dtype is NumberType {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}

/** Bytes of one number. */
export function bytesOf(dtype: NumberType): number {
  return dtype === "bool" ? 1 : 4;
}

/** The same numbers under another shape, without a copy. */
export function shared(backend: SimdBackend, x: TensorInfo, shape = x.shape): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
}
