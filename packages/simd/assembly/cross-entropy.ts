import { at, float, int, put, sumLanes, take } from "./common";
import { exp4, log4 } from "./math";

/**
 * The loss of each row's target, 0 where it is the ignored one. Unit u is row u. A target that is
 * no class has the loss of the largest logit.
 *
 * slots: 0 logits, 1 targets, 2 losses, 3 classes, 4 target to ignore, 5 label smoothing, a float
 */
export function crossEntropy(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const classes = int(args, 3), bytes = <usize>classes << 2;
  for (let row = lo; row < hi; row++) {
    const target = load<i32>(at(args, 1) + (<usize>row << 2));
    const x = at(args, 0) + <usize>row * bytes;
    const kept = target != int(args, 4);
    const loss = kept ? lossOf(x, classes, target, float(args, 5)) : <f32>0;
    store<f32>(at(args, 2) + (<usize>row << 2), loss);
  }
}

function lossOf(x: usize, classes: i32, target: i32, smoothing: f32): f32 {
  const top = largest(x, classes), peak = f32x4.splat(top);
  const logSum = f32x4.extract_lane(log4(f32x4.splat(sumOfPowers(x, classes, peak))), 0);
  const inside = <u32>target < <u32>classes;
  const exact = logSum - (inside ? load<f32>(x + (<usize>target << 2)) - top : <f32>0);
  if (smoothing == 0) return exact;
  const spread = logSum - sumOfShifted(x, classes, peak) / <f32>classes;
  return exact * (<f32>1 - smoothing) + spread * smoothing;
}

/**
 * The gradient of the logits: (softmax - wanted) times dy, 0 in rows whose target is the ignored
 * one. Unit u is row u.
 *
 * slots: 0 logits, 1 targets, 2 dy, 3 output, 4 classes, 5 target to ignore, 6 label smoothing, a
 * float, 7 step of dy by row: 1, or 0 where it is one number, 8 what to multiply dy by, a float
 */
export function crossEntropyGrad(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const classes = int(args, 4), bytes = <usize>classes << 2;
  for (let row = lo; row < hi; row++) {
    const target = load<i32>(at(args, 1) + (<usize>row << 2));
    const y = at(args, 3) + <usize>row * bytes;
    if (target == int(args, 5)) {
      memory.fill(y, 0, bytes);
      continue;
    }
    const scale = load<f32>(at(args, 2) + <usize>row * (at(args, 7) << 2)) * float(args, 8);
    gradientOf(at(args, 0) + <usize>row * bytes, y, classes, target, float(args, 6), scale);
  }
}

function gradientOf(x: usize, y: usize, classes: i32, target: i32, smoothing: f32, scale: f32): void {
  const one = <f32>1 / powers(x, y, classes, f32x4.splat(largest(x, classes)));
  const wanted = smoothing / <f32>classes;
  const inside = <u32>target < <u32>classes, place = y + (<usize>target << 2);
  const atTarget = inside
    ? (load<f32>(place) * one - (<f32>1 - smoothing) - wanted) * scale
    : <f32>0;
  const factor = f32x4.splat(one), less = f32x4.splat(wanted), times = f32x4.splat(scale);
  let left = classes;
  for (let to = y; left > 0; left -= 4) {
    const power = take(to, left);
    put(to, f32x4.mul(f32x4.sub(f32x4.mul(power, factor), less), times), left);
    to += 16;
  }
  if (inside) store<f32>(place, atTarget);
}

/** NaN may be left out: what is made with the result has it then anyway. */
function largest(x: usize, count: i32): f32 {
  let a = f32x4.splat(-Infinity), b = a;
  for (; count >= 8; count -= 8) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    x += 32;
  }
  for (; count > 0; count -= 4) {
    a = f32x4.pmax(a, orLowest(x, count));
    x += 16;
  }
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2)), 0);
}

/** Σ e^(x - peak) */
function sumOfPowers(x: usize, count: i32, peak: v128): f32 {
  let a = f32x4.splat(0), b = a;
  for (; count >= 8; count -= 8) {
    a = f32x4.add(a, exp4(f32x4.sub(v128.load(x), peak)));
    b = f32x4.add(b, exp4(f32x4.sub(v128.load(x, 16), peak)));
    x += 32;
  }
  for (; count > 0; count -= 4) {
    a = f32x4.add(a, exp4(f32x4.sub(orLowest(x, count), peak)));
    x += 16;
  }
  return sumLanes(f32x4.add(a, b));
}

/** y = e^(x - peak), and their sum. */
function powers(x: usize, y: usize, count: i32, peak: v128): f32 {
  let a = f32x4.splat(0), b = a;
  for (; count >= 8; count -= 8) {
    const first = exp4(f32x4.sub(v128.load(x), peak));
    const second = exp4(f32x4.sub(v128.load(x, 16), peak));
    v128.store(y, first);
    v128.store(y, second, 16);
    a = f32x4.add(a, first);
    b = f32x4.add(b, second);
    x += 32;
    y += 32;
  }
  for (; count > 0; count -= 4) {
    const power = exp4(f32x4.sub(orLowest(x, count), peak));
    put(y, power, count);
    a = f32x4.add(a, power);
    x += 16;
    y += 16;
  }
  return sumLanes(f32x4.add(a, b));
}

/** Σ (x - peak) */
function sumOfShifted(x: usize, count: i32, peak: v128): f32 {
  let a = f32x4.splat(0), b = a;
  for (; count >= 8; count -= 8) {
    a = f32x4.add(a, f32x4.sub(v128.load(x), peak));
    b = f32x4.add(b, f32x4.sub(v128.load(x, 16), peak));
    x += 32;
  }
  for (; count > 0; count -= 4) {
    a = f32x4.add(a, v128.and(f32x4.sub(take(x, count), peak), firstLanes(count)));
    x += 16;
  }
  return sumLanes(f32x4.add(a, b));
}

/** Up to four numbers, minus infinity for the rest. */
// @ts-ignore: decorator
@inline export function orLowest(x: usize, count: i32): v128 {
  return v128.bitselect(take(x, count), f32x4.splat(-Infinity), firstLanes(count));
}

// @ts-ignore: decorator
@inline export function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}
