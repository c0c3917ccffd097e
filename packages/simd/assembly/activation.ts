// Activations of Transformers, alone or gating a second input. Each number depends on its own lane
// alone; a NaN or an infinity gives what the formula gives (-∞ · 0 is NaN).
import { at, int, madd, put, take } from "./common";
import { exp4 } from "./math";

/** Numbers of a unit. */
const BLOCK: i32 = 1024;

// The kinds, as src/kernels/activations.ts numbers them.
const SIGMOID: i32 = 0;
const RELU: i32 = 1;
export const GELU: i32 = 2;
export const GELU_TANH: i32 = 3;
export const SILU: i32 = 4;

/** 2 √(2/π) and 2 √(2/π) · 0.044715, of the exponent of "gelu-tanh". */
const SLOPE: f32 = 1.5957691216057308;
const CUBIC: f32 = 0.07135481282242986;
/** 1 / √(2π) */
const DENSITY: f32 = 0.3989422804014327;

/**
 * y = activation(x) · up. Unit u is numbers 1024 u and after.
 *
 * slots: 0 x, 1 up (0: 1), 2 y, 3 count, 4 kind
 */
export function activation(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const first = lo * BLOCK, count = min<i32>(hi * BLOCK, int(args, 3)) - first;
  const offset = <usize>first << 2;
  const x = at(args, 0) + offset, up = at(args, 1) ? at(args, 1) + offset : 0, y = at(args, 2) + offset;
  switch (int(args, 4)) {
    case SIGMOID: forward(SIGMOID, x, up, y, count); break;
    case RELU: forward(RELU, x, up, y, count); break;
    case GELU: forward(GELU, x, up, y, count); break;
    case GELU_TANH: forward(GELU_TANH, x, up, y, count); break;
    case SILU: forward(SILU, x, up, y, count); break;
  }
}

// @ts-ignore: decorator
@inline export function forward(kind: i32, x: usize, up: usize, y: usize, count: i32): void {
  let left = count;
  // Two at a time: what is the same for both, above all the constants, is made once.
  for (; left >= 8; left -= 8) {
    const v0 = v128.load(x), v1 = v128.load(x, 16);
    let y0 = value(kind, v0), y1 = value(kind, v1);
    if (up) {
      y0 = f32x4.mul(y0, v128.load(up));
      y1 = f32x4.mul(y1, v128.load(up, 16));
      up += 32;
    }
    v128.store(y, y0);
    v128.store(y, y1, 16);
    x += 32;
    y += 32;
  }
  for (; left > 0; left -= 4) {
    let v = value(kind, take(x, left));
    if (up) {
      v = f32x4.mul(v, take(up, left));
      up += 16;
    }
    put(y, v, left);
    x += 16;
    y += 16;
  }
}

// @ts-ignore: decorator
@inline export function value(kind: i32, x: v128): v128 {
  return valueOf(kind, x, gateOf(kind, x, powerOf(kind, x)));
}

/**
 * dx = dy · up · activation'(x) and dUp = dy · activation(x). Unit u is numbers 1024 u and after.
 *
 * slots: 0 x, 1 up (0: 1), 2 dy, 3 dx, 4 dUp (there if up is), 5 count, 6 kind
 */
export function activationGrad(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const first = lo * BLOCK, count = min<i32>(hi * BLOCK, int(args, 5)) - first;
  const offset = <usize>first << 2;
  const x = at(args, 0) + offset, up = at(args, 1) ? at(args, 1) + offset : 0;
  const dy = at(args, 2) + offset, dx = at(args, 3) + offset, dUp = at(args, 4) + offset;
  switch (int(args, 6)) {
    case SIGMOID: backward(SIGMOID, x, up, dy, dx, dUp, count); break;
    case RELU: backward(RELU, x, up, dy, dx, dUp, count); break;
    case GELU: backward(GELU, x, up, dy, dx, dUp, count); break;
    case GELU_TANH: backward(GELU_TANH, x, up, dy, dx, dUp, count); break;
    case SILU: backward(SILU, x, up, dy, dx, dUp, count); break;
  }
}

// @ts-ignore: decorator
@inline export function backward(
  kind: i32, x: usize, up: usize, dy: usize, dx: usize, dUp: usize, count: i32,
): void {
  let left = count;
  for (; left >= 8; left -= 8) {
    const v0 = v128.load(x), v1 = v128.load(x, 16);
    const p0 = powerOf(kind, v0), p1 = powerOf(kind, v1);
    const gate0 = gateOf(kind, v0, p0), gate1 = gateOf(kind, v1, p1);
    let d0 = v128.load(dy), d1 = v128.load(dy, 16);
    if (up) {
      v128.store(dUp, f32x4.mul(d0, valueOf(kind, v0, gate0)));
      v128.store(dUp, f32x4.mul(d1, valueOf(kind, v1, gate1)), 16);
      d0 = f32x4.mul(d0, v128.load(up));
      d1 = f32x4.mul(d1, v128.load(up, 16));
      up += 32;
      dUp += 32;
    }
    v128.store(dx, f32x4.mul(d0, derivativeOf(kind, v0, p0, gate0)));
    v128.store(dx, f32x4.mul(d1, derivativeOf(kind, v1, p1, gate1)), 16);
    x += 32;
    dy += 32;
    dx += 32;
  }
  for (; left > 0; left -= 4) {
    const v = take(x, left), power = powerOf(kind, v), gate = gateOf(kind, v, power);
    let d = take(dy, left);
    if (up) {
      put(dUp, f32x4.mul(d, valueOf(kind, v, gate)), left);
      d = f32x4.mul(d, take(up, left));
      up += 16;
      dUp += 16;
    }
    put(dx, f32x4.mul(d, derivativeOf(kind, v, power, gate)), left);
    x += 16;
    dy += 16;
    dx += 16;
  }
}

/** The one power of e that the activation and its derivative are made of, at most 1. */
// @ts-ignore: decorator
@inline export function powerOf(kind: i32, x: v128): v128 {
  if (kind == RELU) return x;
  if (kind == GELU) return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
  let exponent = x;
  if (kind == GELU_TANH) {
    const slope = madd(f32x4.mul(x, x), f32x4.splat(CUBIC), f32x4.splat(SLOPE));
    exponent = f32x4.mul(x, slope);
  }
  return exp4(f32x4.neg(f32x4.abs(exponent)));
}

/** What x is multiplied by: Φ(x) for "gelu", the sigmoid of the exponent for the others. */
// @ts-ignore: decorator
@inline export function gateOf(kind: i32, x: v128, power: v128): v128 {
  if (kind == RELU) return x;
  const one = f32x4.splat(1), below = f32x4.lt(x, f32x4.splat(0));
  if (kind == GELU) {
    const tail = tailOf(x, power);
    return v128.bitselect(tail, f32x4.sub(one, tail), below);
  }
  // From the power of the negative side, so that small gates keep their digits.
  return f32x4.mul(v128.bitselect(power, one, below), openOf(power));
}

/** The larger of the gate and what it lacks to 1. */
// @ts-ignore: decorator
@inline export function openOf(power: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, power));
}

// @ts-ignore: decorator
@inline export function valueOf(kind: i32, x: v128, gate: v128): v128 {
  if (kind == RELU) return f32x4.max(f32x4.splat(0), x);
  if (kind == SIGMOID) return gate;
  return f32x4.mul(x, gate);
}

// @ts-ignore: decorator
@inline export function derivativeOf(kind: i32, x: v128, power: v128, gate: v128): v128 {
  const one = f32x4.splat(1), zero = f32x4.splat(0);
  // 1 above 0, 0 up to it, NaN for NaN.
  if (kind == RELU) return v128.bitselect(v128.and(f32x4.gt(x, zero), one), x, f32x4.eq(x, x));
  if (kind == GELU) return madd(f32x4.mul(x, f32x4.splat(DENSITY)), power, gate);
  const below = f32x4.lt(x, zero), other = v128.bitselect(one, power, below);
  let slope = f32x4.mul(gate, f32x4.mul(other, openOf(power)));
  if (kind == SIGMOID) return slope;
  if (kind == GELU_TANH) {
    slope = f32x4.mul(slope, madd(f32x4.mul(x, x), f32x4.splat(3 * CUBIC), f32x4.splat(SLOPE)));
  }
  return madd(x, slope, gate);
}

/**
 * Φ(-|x|) from the power e^(-x²/2). Their ratio is smooth, 1 / |x| far out: s · p(s) with
 * s = 1 / (1 + 0.3 |x|), fitted to 2e-7 of itself up to 14, where the power is 0.
 */
// @ts-ignore: decorator
@inline export function tailOf(x: v128, power: v128): v128 {
  const one = f32x4.splat(1);
  const s = f32x4.div(one, madd(f32x4.abs(x), f32x4.splat(0.3), one));
  let p = madd(f32x4.splat(0.08942364901304245), s, f32x4.splat(-0.3940507173538208));
  p = madd(p, s, f32x4.splat(0.5172532200813293));
  p = madd(p, s, f32x4.splat(-0.13456644117832184));
  p = madd(p, s, f32x4.splat(0.3222569525241852));
  p = madd(p, s, f32x4.splat(0.25044578313827515));
  p = madd(p, s, f32x4.splat(0.30268532037734985));
  p = madd(p, s, f32x4.splat(0.2998661696910858));
  return f32x4.mul(f32x4.mul(f32x4.mul(p, s), f32x4.splat(DENSITY)), power);
}
