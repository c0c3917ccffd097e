import {
  backend_util,
  Concat,
  type ConcatAttrs,
  Pack,
  type PackAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { stepsOf } from "../axes";
import type { SimdBackend } from "../backend";
import { copy } from "../copy";
import { bytesOf, isNumberType, shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

/** Tensors side by side along one axis; undefined if they are not numbers of one dtype. */
function concat(
  backend: SimdBackend,
  inputs: readonly TensorInfo[],
  axis: number,
): TensorInfo | undefined {
  const { dtype } = inputs[0]!;
  if (!isNumberType(dtype) || inputs.some((input) => input.dtype !== dtype)) return undefined;
  const shapes = inputs.map(({ shape }) => shape);
  backend_util.assertParamsConsistent(shapes, axis);
  const shape = backend_util.computeOutShape(shapes, axis);
  const parts = inputs.filter((input) => util.sizeFromShape(input.shape) > 0);
  if (parts.length === 1) return shared(backend, parts[0]!);
  const addresses = parts.map((part) => backend.addressOf(part));
  const output = backend.output(shape, dtype);
  const written = stepsOf(shape);
  let to = backend.addressOf(output);
  for (const [i, part] of parts.entries()) {
    const read = stepsOf(part.shape);
    const axes = part.shape.map((size, n) => ({ size, steps: [read[n]!, written[n]!] }));
    copy(backend, { from: addresses[i]!, to, axes, dtype });
    to += part.shape[axis]! * written[axis]! * bytesOf(dtype);
  }
  return output;
}

/** Tensors of one shape, side by side along a new axis; undefined if they are not alike. */
function pack(
  backend: SimdBackend,
  inputs: readonly TensorInfo[],
  axis: number,
): TensorInfo | undefined {
  const { shape } = inputs[0]!;
  if (inputs.some((input) => !util.arraysEqual(input.shape, shape))) return undefined;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  const expanded = [...shape.slice(0, at), 1, ...shape.slice(at)];
  return concat(
    backend,
    inputs.map((input) => ({ ...input, shape: expanded })),
    at,
  );
}

export const concatKernels = [
  simdOrCpuKernel<TensorInfo[], ConcatAttrs>(Concat, ({ inputs, attrs, backend }) =>
    concat(backend, inputs, util.parseAxisParam(attrs.axis, inputs[0]!.shape)[0]!),
  ),
  simdOrCpuKernel<TensorInfo[], PackAttrs>(Pack, ({ inputs, attrs, backend }) =>
    pack(backend, inputs, attrs.axis),
  ),
];
