import {
  add,
  addN,
  cast,
  dispose,
  div,
  maximum,
  mul,
  notEqual,
  type Scalar,
  scalar,
  sum,
  Tensor,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { checkCount, ShapeError } from "@tx/core";
import { disposeGradients, type ValueAndGradients, valueAndGradients } from "./value-and-gradients";

/** A part of a batch that fits into memory. */
export interface MicroBatch {
  /** The mean over the targets of this part that count; may leave tensors to the tidy around. */
  loss: () => Scalar;
  /**
   * How many targets count, as a number or, where the host does not know, a scalar of
   * {@link countTargets}, which stays the caller's.
   */
  count: number | Scalar;
}

/**
 * Loss and gradients of a large batch, part by part: those of the mean over all targets that count,
 * also where some parts have more of them than others. Equal to the batch in one piece up to
 * rounding; in memory only one part's activations, and twice the gradients. Nothing is read to the
 * host.
 *
 * What is not a mean over targets, a penalty on weights say, is weighted with its part too; as the
 * shares add up to one, it counts once where each part has it.
 *
 * @returns As of {@link valueAndGradients}: tensors that the caller owns. Without any target that
 *   counts, zeros.
 * @throws RangeError if there are no parts or a count is not a whole number from 0 or, as a tensor,
 *   not float32; ShapeError for a count that is no scalar; else as valueAndGradients. Nothing is
 *   left behind then.
 */
export function accumulateGradients(
  parts: readonly MicroBatch[],
  parameters: ReadonlyMap<string, Variable>,
): ValueAndGradients {
  checkParts(parts);
  const shares = sharesOf(parts.map(({ count }) => count));
  let total: ValueAndGradients | undefined;
  try {
    for (const [n, { loss }] of parts.entries()) {
      // The share is in the loss, so that no gradient has to be scaled afterwards.
      const part = valueAndGradients(() => mul(loss(), shares[n]!), parameters);
      if (total) addTo(total, part);
      else total = part;
    }
    return total!;
  } catch (error) {
    if (total) disposeAll(total);
    throw error;
  } finally {
    dispose(shares.filter((share) => share instanceof Tensor));
  }
}

/**
 * How many targets count, as a scalar on the device.
 *
 * @param targets int32, any shape.
 * @returns float32; the caller disposes it.
 * @throws RangeError if targets is not int32.
 */
export function countTargets(targets: Tensor, ignoreIndex = -100): Scalar {
  if (targets.dtype !== "int32") {
    throw new RangeError(`targets: expected int32, got ${targets.dtype}`);
  }
  return tidy(() => sum(cast(notEqual(targets, scalar(ignoreIndex, "int32")), "float32")));
}

/** Each part's share of all that counts; 0 where nothing does. */
function sharesOf(counts: readonly (number | Scalar)[]): (number | Scalar)[] {
  if (counts.every((count) => typeof count === "number")) {
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / Math.max(1, all));
  }
  return tidy(() => {
    const scalars = counts.map((count) => (typeof count === "number" ? scalar(count) : count));
    const all = maximum(addN(scalars), 1);
    return scalars.map((count) => div<Scalar>(count, all));
  });
}

/** Adds a part's numbers to the total, and frees them. */
function addTo(total: ValueAndGradients, part: ValueAndGradients): void {
  try {
    total.value = sumOf(total.value, part.value);
    for (const [path, gradient] of part.gradients) {
      const sum = total.gradients.get(path);
      total.gradients.set(path, sum ? sumOf(sum, gradient) : gradient);
    }
  } catch (error) {
    // Once more for those that are freed already does nothing.
    disposeAll(part);
    throw error;
  }
}

function sumOf<T extends Tensor>(a: T, b: T): T {
  const sum = add<T>(a, b);
  dispose([a, b]);
  return sum;
}

function disposeAll({ value, gradients }: ValueAndGradients): void {
  value.dispose();
  disposeGradients(gradients);
}

function checkParts(parts: readonly MicroBatch[]): void {
  if (parts.length === 0) throw new RangeError("parts: expected at least one, got none");
  for (const [n, { count }] of parts.entries()) {
    const name = `parts[${n}].count`;
    if (typeof count === "number") checkCount(name, count, 0);
    else if (count.rank > 0) {
      throw new ShapeError(`${name}: expected a scalar, got [${count.shape.join(", ")}]`);
    } else if (count.dtype !== "float32") {
      throw new RangeError(`${name}: expected float32, got ${count.dtype}`);
    }
  }
}
