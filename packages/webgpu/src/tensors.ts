import { type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "./backend";

/** A float32 tensor whose numbers are still to be written. */
export function made(backend: WebgpuBackend, shape: readonly number[]): TensorInfo {
  return backend.makeTensorInfo([...shape], "float32");
}

export const sizeOf = ({ shape }: TensorInfo) => util.sizeFromShape(shape);

/** Rows and width of [..., width]. */
export function rowsOf({ shape }: TensorInfo): [rows: number, width: number] {
  return [util.sizeFromShape(shape.slice(0, -1)), shape[shape.length - 1]!];
}

/**
 * Whether programs can take these tensors: of one type and with numbers in them, since no buffer is
 * empty. Undefined ones are fine.
 */
export function areAll(dtype: DataType, ...tensors: (TensorInfo | undefined)[]): boolean {
  return tensors.every((tensor) => !tensor || (tensor.dtype === dtype && sizeOf(tensor) > 0));
}
