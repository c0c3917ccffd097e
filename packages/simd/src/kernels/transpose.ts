import { type TensorInfo, Transpose, type TransposeAttrs, util } from "@tensorflow/tfjs-core";
import { type Axis, joined, stepsOf } from "../axes";
import type { SimdBackend } from "../backend";
import { copy } from "../copy";
import { bytesOf, isNumberType, shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

/** Columns of a unit. */
const COLUMNS = 32;
const NS_A_NUMBER = 0.5;

/** Numbers in another order of the axes. */
function transpose(
  backend: SimdBackend,
  x: TensorInfo,
  order: readonly number[],
): TensorInfo | undefined {
  const { dtype } = x;
  if (!isNumberType(dtype)) return undefined;
  const shape = order.map((axis) => x.shape[axis]!);
  const [read, written] = [stepsOf(x.shape), stepsOf(shape)];
  const axes = joined(
    order.map((axis, i) => ({ size: shape[i]!, steps: [read[axis]!, written[i]!] })),
  );
  // Nothing moves.
  if (axes.length === 0 || (axes.length === 1 && axes[0]!.steps[0] === 1)) {
    return shared(backend, x, shape);
  }
  const from = backend.addressOf(x);
  const output = backend.output(shape, dtype);
  const to = backend.addressOf(output);
  const inPlace = axes.at(-1)!.steps[0] === 1;
  if (util.sizeFromShape(shape) === 0) return output;
  if (inPlace || bytesOf(dtype) === 1) copy(backend, { from, to, axes, dtype });
  else turn(backend, from, to, axes);
  return output;
}

/** As matrices whose columns become rows: the axis that is last there, and the one that is last here. */
function turn(backend: SimdBackend, from: number, to: number, axes: Axis[]): void {
  const rows = axes.at(-1)!;
  const columns = axes.find(({ steps }) => steps[0] === 1)!;
  const further = axes.filter((axis) => axis !== rows && axis !== columns);
  const units = Math.ceil(columns.size / COLUMNS);
  const args = [from, to, rows.size, columns.size, rows.steps[0]! * 4, columns.steps[1]! * 4];
  args.push(units, further.length);
  for (const { size, steps } of further) args.push(size, steps[0]! * 4, steps[1]! * 4);
  const matrices = further.reduce((product, { size }) => product * size, 1);
  const cost = matrices * rows.size * columns.size * NS_A_NUMBER;
  backend.run("transpose", args, matrices * units, cost);
}

export const transposeKernels = [
  simdOrCpuKernel<{ x: TensorInfo }, TransposeAttrs>(
    Transpose,
    ({ inputs: { x }, attrs: { perm }, backend }) => transpose(backend, x, perm),
  ),
];
