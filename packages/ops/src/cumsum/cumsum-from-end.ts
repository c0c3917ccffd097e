import { cumsum, reverse, type Tensor, tidy } from "@tensorflow/tfjs-core";

/**
 * Sums of all entries from each one to the end of an axis.
 *
 * tfjs-core's own cumsum with reverse would do, but for tfjs 4.22.0's webgpu: its program for sums
 * from the end has the first length that it met written in, and is used for every other.
 *
 * @param x Any shape.
 * @param axis Default: the last.
 * @param exclusive Whether an entry's own number is left out. Default false.
 * @returns The shape of x.
 */
export function cumsumFromEnd<T extends Tensor>(x: T, axis = -1, exclusive = false): T {
  // tfjs 4.22.0's cumsum takes an axis from 0 only.
  const from = axis < 0 ? x.rank + axis : axis;
  return tidy(() => reverse(cumsum(reverse(x, from), from, exclusive), from) as T);
}
