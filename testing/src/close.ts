import { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "vitest";

export interface Tolerance {
  /** Share of |wanted| that an entry may be off. Default 1e-5. */
  rtol?: number;
  /** What an entry may be off besides. Default 1e-6. */
  atol?: number;
}

/**
 * Fails unless every entry is within atol + rtol · |wanted|. NaN never passes, on either side; an
 * infinity passes only where the same infinity is wanted.
 *
 * @param actual Read with `data()`, so that the same test runs on every backend: await the result.
 * @param expected Entries in row-major order; of a tensor the shape is compared too.
 */
export async function expectClose(
  actual: Tensor,
  expected: ArrayLike<number> | Tensor,
  tolerance: Tolerance = {},
): Promise<void> {
  const wantedShape = expected instanceof Tensor ? expected.shape : actual.shape;
  const wanted: ArrayLike<number> = expected instanceof Tensor ? await expected.data() : expected;
  const got = await actual.data();
  const difference =
    shapeDifference(actual.shape, wantedShape) ??
    firstDifference(got, wanted, actual.shape, tolerance);
  if (difference !== undefined) expect.fail(difference);
}

function shapeDifference(got: number[], wanted: number[]): string | undefined {
  if (got.join() === wanted.join()) return undefined;
  return `shape: wanted [${wanted}], got [${got}]`;
}

/** The first entry that is off, by index, and how many are; undefined if all are close. */
export function firstDifference(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  shape: readonly number[],
  { rtol = 1e-5, atol = 1e-6 }: Tolerance = {},
): string | undefined {
  if (got.length !== wanted.length) {
    return `length: wanted ${wanted.length} entries, got ${got.length}`;
  }
  const off: number[] = [];
  for (let i = 0; i < wanted.length; i++) {
    if (!isClose(got[i]!, wanted[i]!, rtol, atol)) off.push(i);
  }
  const first = off[0];
  if (first === undefined) return undefined;
  return (
    `entry [${indexOf(first, shape)}]: wanted ${wanted[first]}, got ${got[first]}` +
    ` (${off.length} of ${wanted.length} entries are off; rtol ${rtol}, atol ${atol})`
  );
}

function isClose(got: number, wanted: number, rtol: number, atol: number): boolean {
  // An infinite wanted would make the tolerance infinite, and everything close.
  if (!Number.isFinite(wanted)) return got === wanted;
  return Math.abs(got - wanted) <= atol + rtol * Math.abs(wanted);
}

/** Position of a flat entry on each axis. */
function indexOf(entry: number, shape: readonly number[]): string {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = entry; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index.join(", ");
}
