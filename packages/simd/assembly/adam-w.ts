import { at, int, madd, put, take } from "./common";

/**
 * One AdamW update. Unit u is the numbers from u times slot 9 on; where results are written over
 * what they are made from, there is to be one unit only, which no second thread may ever do again.
 *
 * slots: 0 parameter, 1 gradient, 2 first moment, 3 second moment, 4 what to multiply the gradient
 * by (0: nothing), 5 new parameter, 6 new first moment, 7 new second moment, 8 count, 9 numbers a
 * unit, a multiple of 4; floats: 10 beta1, 11 1 - beta1, 12 beta2, 13 1 - beta2, 14 eps,
 * 15 step size, 16 correction of the second moment's root, 17 share of the parameter to keep
 */
export function adamW(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const block = int(args, 9), end = min<i32>(hi * block, int(args, 8));
  const scale = at(args, 4) ? v128.load_splat<f32>(at(args, 4)) : f32x4.splat(1);
  const beta1 = splat(args, 10), beta2 = splat(args, 12);
  const share1 = splat(args, 11), share2 = splat(args, 13);
  const eps = splat(args, 14), step = splat(args, 15), correction = splat(args, 16);
  const keep = splat(args, 17);
  const p = at(args, 0), g = at(args, 1), m = at(args, 2), v = at(args, 3);
  const newP = at(args, 5), newM = at(args, 6), newV = at(args, 7);
  for (let i = lo * block; i < end; i += 4) {
    const place = <usize>i << 2, count = end - i;
    const gradient = f32x4.mul(take(g + place, count), scale);
    const mean = madd(beta1, take(m + place, count), f32x4.mul(share1, gradient));
    const squared = f32x4.mul(share2, f32x4.mul(gradient, gradient));
    const square = madd(beta2, take(v + place, count), squared);
    const root = madd(f32x4.sqrt(square), correction, eps);
    const change = f32x4.div(f32x4.mul(mean, step), root);
    put(newP + place, madd(take(p + place, count), keep, f32x4.neg(change)), count);
    put(newM + place, mean, count);
    put(newV + place, square, count);
  }
}

// @ts-ignore: decorator
@inline export function splat(args: usize, slot: i32): v128 {
  return v128.load_splat<f32>(args + (<usize>slot << 2));
}
