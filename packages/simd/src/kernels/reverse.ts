import { Reverse, type ReverseAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { stepsOf } from "../axes";
import type { SimdBackend } from "../backend";
import { copy } from "../copy";
import { bytesOf, isNumberType, shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

/** Some axes from their end; undefined if it is not numbers. */
function reverse(
  backend: SimdBackend,
  x: TensorInfo,
  dims: ReverseAttrs["dims"],
): TensorInfo | undefined {
  const { shape, dtype } = x;
  if (!isNumberType(dtype)) return undefined;
  // Without axes none is turned; parseAxisParam would give every one.
  if (shape.length === 0) return shared(backend, x);
  const turned = new Set(util.parseAxisParam(dims, shape));
  const [read, written] = [stepsOf(shape), stepsOf(shape)];
  let start = 0;
  for (const axis of turned) {
    start += Math.max(0, shape[axis]! - 1) * read[axis]!;
    read[axis] = -read[axis]!;
  }
  const from = backend.addressOf(x) + start * bytesOf(dtype);
  const output = backend.output(shape, dtype);
  const axes = shape.map((size, axis) => ({ size, steps: [read[axis]!, written[axis]!] }));
  copy(backend, { from, to: backend.addressOf(output), axes, dtype });
  return output;
}

export const reverseKernels = [
  simdOrCpuKernel<{ x: TensorInfo }, ReverseAttrs>(
    Reverse,
    ({ inputs: { x }, attrs: { dims }, backend }) => reverse(backend, x, dims),
  ),
];
