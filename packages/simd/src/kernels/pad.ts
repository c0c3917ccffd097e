import {
  PadV2,
  type PadV2Attrs,
  type TensorInfo,
  Tile,
  type TileAttrs,
} from "@tensorflow/tfjs-core";
import { stepsOf } from "../axes";
import type { SimdBackend } from "../backend";
import { copy } from "../copy";
import { filled } from "../fill";
import { bytesOf, isNumberType, shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

/** The numbers with a border of one number. */
function pad(
  backend: SimdBackend,
  x: TensorInfo,
  { paddings, constantValue }: PadV2Attrs,
): TensorInfo | undefined {
  const { dtype } = x;
  if (!isNumberType(dtype)) return undefined;
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return shared(backend, x);
  const shape = x.shape.map((size, axis) => paddings[axis]![0] + size + paddings[axis]![1]);
  const from = backend.addressOf(x);
  const output = filled(backend, shape, constantValue, dtype);
  const [read, written] = [stepsOf(x.shape), stepsOf(shape)];
  const start = paddings.reduce((sum, [before], axis) => sum + before * written[axis]!, 0);
  const to = backend.addressOf(output) + start * bytesOf(dtype);
  const axes = x.shape.map((size, axis) => ({ size, steps: [read[axis]!, written[axis]!] }));
  copy(backend, { from, to, axes, dtype });
  return output;
}

/** The numbers again and again along each axis. */
function tile(
  backend: SimdBackend,
  x: TensorInfo,
  times: readonly number[],
): TensorInfo | undefined {
  const { dtype } = x;
  if (!isNumberType(dtype)) return undefined;
  if (times.every((count) => count === 1)) return shared(backend, x);
  const shape = x.shape.map((size, axis) => size * times[axis]!);
  const from = backend.addressOf(x);
  const output = backend.output(shape, dtype);
  const [read, written] = [stepsOf(x.shape), stepsOf(shape)];
  const axes = x.shape.flatMap((size, axis) => [
    { size: times[axis]!, steps: [0, size * written[axis]!] },
    { size, steps: [read[axis]!, written[axis]!] },
  ]);
  copy(backend, { from, to: backend.addressOf(output), axes, dtype });
  return output;
}

export const padKernels = [
  simdOrCpuKernel<{ x: TensorInfo }, PadV2Attrs>(PadV2, ({ inputs: { x }, attrs, backend }) =>
    pad(backend, x, attrs),
  ),
  simdOrCpuKernel<{ x: TensorInfo }, TileAttrs>(Tile, ({ inputs: { x }, attrs, backend }) =>
    tile(backend, x, attrs.reps),
  ),
];
