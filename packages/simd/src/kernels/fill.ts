import {
  type DataType,
  Fill,
  type FillAttrs,
  OneHot,
  type OneHotAttrs,
  OnesLike,
  type TensorInfo,
  util,
  ZerosLike,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { filled } from "../fill";
import { bytesOf, isNumberType } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

/** One number for each of `depth` classes, another where the index says. */
function oneHot(
  backend: SimdBackend,
  indices: TensorInfo,
  { dtype, depth, onValue, offValue }: OneHotAttrs,
): TensorInfo | undefined {
  if (!isNumberType(dtype) || indices.dtype !== "int32") return undefined;
  const at = backend.addressOf(indices) / 4;
  const output = filled(backend, [...indices.shape, depth], offValue, dtype);
  const to = backend.addressOf(output) / bytesOf(dtype);
  const { ints, floats, bytes } = backend.heap;
  const values = dtype === "bool" ? bytes : dtype === "int32" ? ints : floats;
  const count = util.sizeFromShape(indices.shape);
  for (let i = 0; i < count; i++) {
    const index = ints[at + i]!;
    if (index >= 0 && index < depth) values[to + i * depth + index] = onValue;
  }
  return output;
}

function like(name: string, value: number) {
  return simdOrCpuKernel<{ x: TensorInfo }>(name, ({ inputs: { x }, backend }) =>
    isNumberType(x.dtype) ? filled(backend, x.shape, value, x.dtype) : undefined,
  );
}

export const fillKernels = [
  simdOrCpuKernel<Record<string, never>, FillAttrs>(Fill, ({ attrs, backend }) => {
    const { shape, value } = attrs;
    const dtype: DataType = attrs.dtype || util.inferDtype(value);
    if (!isNumberType(dtype) || typeof value === "string") return undefined;
    return filled(backend, shape as number[], Number(value), dtype);
  }),
  like(ZerosLike, 0),
  like(OnesLike, 1),
  simdOrCpuKernel<{ indices: TensorInfo }, OneHotAttrs>(
    OneHot,
    ({ inputs: { indices }, attrs, backend }) => oneHot(backend, indices, attrs),
  ),
];
