import { backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { joined, stepsOf } from "./axes";
import type { SimdBackend } from "./backend";
import type { NumberType } from "./number-type";

/** Numbers of a unit where rows are long. */
const BLOCK = 2048;
const NS_A_NUMBER = 0.3;
const NS_A_ROW = 15;

interface Broadcast {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  /** The assembly's kernel: numbers to numbers, numbers to bools, bools to bools. */
  readonly kernel: "binary" | "compare" | "logic";
  /** As the assembly numbers it. */
  readonly operation: number;
  readonly dtype: NumberType;
}

/** One operation on each pair of numbers, size 1 standing for any size. */
export function broadcast(backend: SimdBackend, options: Broadcast): TensorInfo {
  const { a, b, kernel, operation, dtype } = options;
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const output = backend.output(shape, dtype);
  const size = util.sizeFromShape(shape);
  if (size === 0) return output;
  const steps = [a, b].map((operand) => repeating(operand.shape, shape.length));
  const axes = joined(
    shape.map((length, axis) => ({ size: length, steps: steps.map((step) => step[axis]!) })),
  );
  const row = axes.pop() ?? { size: 1, steps: [1, 1] };
  const blocks = Math.ceil(row.size / BLOCK);
  const addresses = [a, b, output].map((info) => backend.addressOf(info));
  const args = [...addresses, operation, row.size, ...row.steps, blocks, axes.length];
  for (const axis of axes) args.push(axis.size, ...axis.steps);
  const rows = size / row.size;
  backend.run(kernel, args, rows * blocks, size * NS_A_NUMBER + rows * NS_A_ROW);
  return output;
}

/** Steps along each of so many axes, 0 where the one number there repeats. */
function repeating(shape: readonly number[], rank: number): number[] {
  const steps = stepsOf(shape).map((step, axis) => (shape[axis] === 1 ? 0 : step));
  return [...new Array<number>(rank - shape.length).fill(0), ...steps];
}
