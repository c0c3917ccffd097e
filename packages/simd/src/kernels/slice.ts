import {
  backend_util,
  Slice,
  type SliceAttrs,
  SplitV,
  type SplitVAttrs,
  slice_util,
  type TensorInfo,
  Unpack,
  type UnpackAttrs,
  util,
} from "@tensorflow/tfjs-core";
import { stepsOf } from "../axes";
import type { SimdBackend } from "../backend";
import { copy } from "../copy";
import { bytesOf, isNumberType, type NumberType, shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

/** The numbers from `begin` on, `size` of them along each axis. */
function slice(
  backend: SimdBackend,
  x: TensorInfo,
  begin: readonly number[],
  size: number[],
): TensorInfo {
  if (util.arraysEqual(size, x.shape)) return shared(backend, x);
  const dtype = x.dtype as NumberType;
  const [read, written] = [stepsOf(x.shape), stepsOf(size)];
  const start = begin.reduce((sum, index, axis) => sum + index * read[axis]!, 0);
  const from = backend.addressOf(x) + start * bytesOf(dtype);
  const output = backend.output(size, dtype);
  const axes = size.map((length, axis) => ({ size: length, steps: [read[axis]!, written[axis]!] }));
  copy(backend, { from, to: backend.addressOf(output), axes, dtype });
  return output;
}

/** Parts along one axis, side by side. */
function split(
  backend: SimdBackend,
  x: TensorInfo,
  axis: number,
  sizes: readonly number[],
): TensorInfo[] {
  const begin = new Array<number>(x.shape.length).fill(0);
  return sizes.map((size) => {
    const part = slice(backend, x, begin, replaced(x.shape, axis, size));
    begin[axis]! += size;
    return part;
  });
}

/** A shape with other sizes in place of one. */
function replaced(shape: readonly number[], axis: number, ...sizes: number[]): number[] {
  return [...shape.slice(0, axis), ...sizes, ...shape.slice(axis + 1)];
}

export const sliceKernels = [
  simdOrCpuKernel<{ x: TensorInfo }, SliceAttrs>(Slice, ({ inputs: { x }, attrs, backend }) => {
    if (!isNumberType(x.dtype)) return undefined;
    // Its type says tensor, but of one it takes the shape alone.
    const tensor = x as Parameters<typeof slice_util.parseSliceParams>[0];
    const [begin, size] = slice_util.parseSliceParams(tensor, attrs.begin, attrs.size);
    slice_util.assertParamsValid(tensor, begin!, size!);
    return slice(backend, x, begin!, size!);
  }),
  simdOrCpuKernel<{ x: TensorInfo }, SplitVAttrs>(SplitV, ({ inputs: { x }, attrs, backend }) => {
    if (!isNumberType(x.dtype)) return undefined;
    const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
    const tensor = x as Parameters<typeof backend_util.prepareSplitSize>[0];
    const sizes = backend_util.prepareSplitSize(tensor, attrs.numOrSizeSplits, axis);
    return split(backend, x, axis, sizes);
  }),
  simdOrCpuKernel<{ value: TensorInfo }, UnpackAttrs>(
    Unpack,
    ({ inputs: { value }, attrs, backend }) => {
      if (!isNumberType(value.dtype)) return undefined;
      const axis = util.parseAxisParam(attrs.axis, value.shape)[0]!;
      const sizes = new Array<number>(value.shape[axis]!).fill(1);
      const shape = replaced(value.shape, axis);
      return split(backend, value, axis, sizes).map((part) => ({ ...part, shape }));
    },
  ),
];
