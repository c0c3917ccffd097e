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

/**
 * Checks tensors against patterns such as "batch seq 64" and returns the sizes by name.
 * A name stands for one size throughout, a number for itself, a leading "..." for any axes.
 *
 * @throws ShapeError naming the tensor, the shape expected and the shape it has.
 */
export function checkShapes<const Checks extends readonly (readonly [string, Tensor, string])[]>(
  ...checks: Checks
): Record<Names<Checks[number][2]>, number> {
  const sizes: Record<string, number> = {};
  for (const [name, tensor, pattern] of checks) {
    const open = pattern.startsWith("...");
    const axes = pattern.split(" ").slice(open ? 1 : 0);
    const skipped = tensor.rank - axes.length;
    let fits = open ? skipped >= 0 : skipped === 0;
    axes.forEach((axis, i) => {
      const size = tensor.shape[skipped + i];
      if (size === undefined) return;
      const expected = isNumber(axis) ? Number(axis) : (sizes[axis] ?? size);
      fits &&= expected === size;
      if (fits && !isNumber(axis)) sizes[axis] = size;
    });
    if (!fits) {
      const wanted = axes.map((axis) => (axis in sizes ? `${axis}=${sizes[axis]}` : axis));
      if (open) wanted.unshift("...");
      throw new ShapeError(
        `${name}: expected [${wanted.join(", ")}], got [${tensor.shape.join(", ")}]`,
      );
    }
  }
  return sizes;
}

/** A size in a pattern starts with a digit, a name does not. */
function isNumber(axis: string): boolean {
  const first = axis.charCodeAt(0);
  return first >= 48 && first <= 57;
}
