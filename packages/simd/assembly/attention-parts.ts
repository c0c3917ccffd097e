// What goes before and after the gradients of attention.
import { at, int, madd, put, sumLanes, take } from "./common";
import { DELTA, DY, OUTPUT, VALUE_DIM } from "./attention-call";

/**
 * delta[row] = dy[row] · output[row], which every gradient of a row's scores is less by. Unit u is a row.
 */
export function attentionDelta(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const width = int(args, VALUE_DIM), step = <usize>width << 2;
  let a = at(args, DY) + step * lo, b = at(args, OUTPUT) + step * lo;
  for (let row = lo; row < hi; row++) {
    let sum = f32x4.splat(0);
    for (let d = 0; d < width; d += 4) {
      const deep = <usize>d << 2;
      sum = madd(take(a + deep, width - d), take(b + deep, width - d), sum);
    }
    store<f32>(at(args, DELTA) + (<usize>row << 2), sumLanes(sum));
    a += step;
    b += step;
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
