// Element-wise steps that both directions of attention share.
import { at, int, madd } from "./common";
import {
  DROPOUT_FIRST, HEADS, KEPT, KEYS, QUERIES, DROPOUT_SECOND, THRESHOLD,
} from "./attention-call";
import { keptScale4 } from "./dropout";

/** 1.5 · 2^23 + 127: adding it leaves the exponent of 2^n in the low bits of the sum. */
const ROUND: f32 = 12583039;

/**
 * e^x for scores less the highest one: 0 from -87 down, NaN for NaN, within 2 units in the last place.
 * Cheaper than exp4, since nothing here is far above 0 and nothing need come out below the normal
 * numbers.
 */
// @ts-ignore: decorator
@inline export function power4(x: v128): v128 {
  const least = f32x4.splat(-87);
  const bounded = f32x4.pmax(x, least);
  const shifted = madd(bounded, f32x4.splat(1.4426950408889634), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  const rest = madd(
    n, f32x4.splat(2.12194440054690583e-4), madd(n, f32x4.splat(-0.693359375), bounded),
  );
  // The polynomial of exp4.
  let p = madd(f32x4.splat(0.001388251199387014), rest, f32x4.splat(0.008366580121219158));
  p = madd(p, rest, f32x4.splat(0.04166720062494278));
  p = madd(p, rest, f32x4.splat(0.1666654348373413));
  p = madd(p, rest, f32x4.splat(0.4999999701976776));
  p = madd(p, rest, f32x4.splat(1));
  p = madd(p, rest, f32x4.splat(1));
  return v128.andnot(f32x4.mul(p, i32x4.shl(shifted, 23)), f32x4.le(x, least));
}

/** The index of each lane's weight for key 0, as dropout counts them. */
// @ts-ignore: decorator
@inline export function indexLanes(args: usize, batch: i32, head: i32, query: i32): v128 {
  const row = (batch * int(args, HEADS) + head) * int(args, QUERIES) + query;
  const keys = int(args, KEYS);
  return i32x4.add(i32x4.splat(row * keys), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(keys)));
}

/** What dropout multiplies four weights by. */
// @ts-ignore: decorator
@inline export function scaleLanes(args: usize, index: v128): v128 {
  return keptScale4(
    index, v128.load_splat<i32>(args, DROPOUT_FIRST << 2), v128.load_splat<i32>(args, DROPOUT_SECOND << 2),
    v128.load_splat<i32>(args, THRESHOLD << 2), v128.load_splat<f32>(args, KEPT << 2),
  );
}

/** Where a row of a head is in the tensor whose address a slot holds. */
// @ts-ignore: decorator
@inline export function rowAt(args: usize, slot: i32, steps: i32, batch: i32, head: i32, row: i32): usize {
  return at(args, slot) + placeOf(args, steps, batch, head, row);
}

/** How many bytes into a tensor of such steps a row of a head is. */
// @ts-ignore: decorator
@inline export function placeOf(args: usize, steps: i32, batch: i32, head: i32, row: i32): usize {
  return (
    (<usize>batch * at(args, steps) + <usize>head * at(args, steps + 1) + <usize>row * at(args, steps + 2)) << 2
  );
}

/** Bytes from one row of a head to the next. */
// @ts-ignore: decorator
@inline export function rowStep(args: usize, steps: i32): usize {
  return at(args, steps + 2) << 2;
}

/** Rows of zeros, so many bytes each. */
export function clearRows(to: usize, step: usize, rows: i32, bytes: usize): void {
  if (step == bytes) {
    memory.fill(to, 0, bytes * rows);
    return;
  }
  for (let row = 0; row < rows; row++) {
    memory.fill(to, 0, bytes);
    to += step;
  }
}

/** Where one number for each query lies in [batch, heads, queries]. */
// @ts-ignore: decorator
@inline export function lanesAt(args: usize, slot: i32, row: i32, query: i32): usize {
  return at(args, slot) + (<usize>(row * int(args, QUERIES) + query) << 2);
}

/** Which number of a tensor that broadcasts to the scores belongs to one of them. */
// @ts-ignore: decorator
@inline export function placeIn(args: usize, steps: i32, batch: i32, head: i32, query: i32, key: i32): usize {
  return <usize>(
    batch * int(args, steps) + head * int(args, steps + 1) + query * int(args, steps + 2) +
    key * int(args, steps + 3)
  );
}
