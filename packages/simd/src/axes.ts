/** One axis of a walk over numbers, and how far each operand steps along it; 0 repeats. */
export interface Axis {
  readonly size: number;
  readonly steps: readonly number[];
}

/**
 * The same walk over as few axes as can be: none of size 1, and one where two follow each other
 * evenly.
 *
 * @param axes The slowest first.
 */
export function joined(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = result.at(-1);
    if (outer?.steps.every((step, i) => step === axis.steps[i]! * axis.size)) {
      result[result.length - 1] = { size: outer.size * axis.size, steps: axis.steps };
    } else {
      result.push(axis);
    }
  }
  return result;
}

/** Steps between neighbours along each axis of numbers that lie row by row. */
export function stepsOf(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps[axis] = step;
    step *= shape[axis]!;
  }
  return steps;
}
