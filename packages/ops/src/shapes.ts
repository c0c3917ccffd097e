import type { Tensor } from "@tensorflow/tfjs-core";

/** The named axes of a pattern: "batch seq 64" has "batch" | "seq". */
type Names<Pattern extends string> = Pattern extends `${infer Axis} ${infer Rest}`
  ? Name<Axis> | Names<Rest>
  : Name<Pattern>;
type Name<Axis extends string> = Axis extends "..." | `${number}` ? never : Axis;

/** A tensor without the shape its reader was promised. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** @throws ShapeError `name: expected …, got …` of a tensor's shape. */
export function refuseShape(name: string, expected: string, { shape }: Tensor): never {
  throw new ShapeError(`${name}: expected ${expected}, got [${shape.join(", ")}]`);
}

/** A tensor's name, the tensor, and the pattern it is to fit; one that is undefined fits. */
type Check = readonly [string, Tensor | undefined, string];

/**
 * Checks tensors against patterns such as "batch seq 64" and returns the sizes by name.
 * A name stands for one size throughout, a number for itself, a leading "..." for any axes.
 *
 * @throws ShapeError naming the tensor, the shape expected and the shape it has.
 */
export function checkShapes<const Checks extends readonly Check[]>(
  ...checks: Checks
): Record<Names<Checks[number][2]>, number> {
  const sizes: Record<string, number> = {};
  for (const [name, tensor, pattern] of checks) {
    if (tensor && !fits(tensor.shape, pattern, sizes)) {
      refuseShape(name, wanted(pattern, sizes), tensor);
    }
  }
  return sizes;
}

/** Compares axis by axis and notes the sizes of names it has not met; quick, as every call asks it. */
function fits(shape: readonly number[], pattern: string, sizes: Record<string, number>): boolean {
  const axes = pattern.split(" ");
  const open = axes[0] === "..." ? 1 : 0;
  const skipped = shape.length - axes.length + open;
  if (open ? skipped < 0 : skipped !== 0) return false;
  for (let i = open; i < axes.length; i++) {
    const axis = axes[i]!;
    const size = shape[skipped + i - open]!;
    if (isNumber(axis)) {
      if (Number(axis) !== size) return false;
    } else {
      sizes[axis] ??= size;
      if (sizes[axis] !== size) return false;
    }
  }
  return true;
}

function wanted(pattern: string, sizes: Record<string, number>): string {
  const axes = pattern.split(" ");
  const named = axes.map((axis) => (axis in sizes ? `${axis}=${sizes[axis]}` : axis));
  return `[${named.join(", ")}]`;
}

/** A size in a pattern starts with a digit, a name does not. */
function isNumber(axis: string): boolean {
  const first = axis.charCodeAt(0);
  return first >= 48 && first <= 57;
}
