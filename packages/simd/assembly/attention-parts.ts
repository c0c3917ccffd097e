// What goes before and after the gradients of attention.
import { at, int, madd, put, sumLanes, take } from "./common";
import { DELTA, DY, HEADS, OUTPUT, OUTPUT_STEPS, QUERIES, VALUE_DIM } from "./attention-call";
import { lanesAt, placeOf, rowStep } from "./attention-rows";

/**
 * delta[row] = dy[row] · output[row], which every gradient of a row's scores is less by. Unit u is a row.
 */
export function attentionDelta(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const queries = int(args, QUERIES), heads = int(args, HEADS), width = int(args, VALUE_DIM);
  const step = rowStep(args, OUTPUT_STEPS);
  for (let row = lo; row < hi;) {
    // The rows of one head.
    const pair = row / queries, batch = pair / heads, query = row - pair * queries;
    const end = min<i32>(hi, row + queries - query);
    const place = placeOf(args, OUTPUT_STEPS, batch, pair - batch * heads, query);
    let a = at(args, DY) + place, b = at(args, OUTPUT) + place, to = lanesAt(args, DELTA, pair, query);
    for (; row < end; row++) {
      let sum = f32x4.splat(0);
      for (let d = 0; d < width; d += 4) {
        const deep = <usize>d << 2;
        sum = madd(take(a + deep, width - d), take(b + deep, width - d), sum);
      }
      store<f32>(to, sumLanes(sum));
      a += step;
      b += step;
      to += 4;
    }
  }
}

/** Numbers of a unit of attentionAdd. */
const ADDED: i32 = 1024;

/**
 * to += parts[0] + parts[1] …, in this order. Unit u is numbers 1024 u and after.
 *
 * slots: 0 to, 1 parts, each of as many numbers as to, 2 numbers, 3 parts
 */
export function attentionAdd(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const size = int(args, 2), end = min<i32>(size, hi * ADDED);
  for (let n = lo * ADDED; n < end; n += 4) {
    const to = at(args, 0) + (<usize>n << 2);
    let sum = take(to, end - n), from = at(args, 1) + (<usize>n << 2);
    for (let part = int(args, 3); part > 0; part--) {
      sum = f32x4.add(sum, take(from, end - n));
      from += <usize>size << 2;
    }
    put(to, sum, end - n);
  }
}
