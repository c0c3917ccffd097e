import { forward, GELU, GELU_TANH, SILU } from "./activation";
import { at, float, int, put, take } from "./common";
import { expm1OfNegative4, sigmoid4 } from "./math";

// What a product may do to its numbers before it hands them on: the numbers of src/multiply.ts.
const RELU_AFTER: i32 = 1;
const RELU6_AFTER: i32 = 2;
const LEAKY_RELU_AFTER: i32 = 3;
const ELU_AFTER: i32 = 4;
const SIGMOID_AFTER: i32 = 5;
const GELU_AFTER: i32 = 6;
const GELU_TANH_AFTER: i32 = 7;
const SILU_AFTER: i32 = 8;

/**
 * What is done to finished sums: c = activation(c) + residual, and a copy of the sums for who takes
 * the activation's gradient.
 *
 * slots of the product: 2 c, 11 its step by row, 19 activation (0: none), 20 its alpha, 21 residual
 * and 22 the copy, each laid out as c (0: none)
 */
export function finish(args: usize, c: usize, rows: i32, width: i32): void {
  const activation = int(args, 19), base = at(args, 2), step = <usize>int(args, 11) << 2;
  if (!activation && !at(args, 21)) return;
  const residual = at(args, 21) ? c - base + at(args, 21) : 0;
  const sums = at(args, 22) ? c - base + at(args, 22) : 0;
  let offset: usize = 0;
  for (let i = 0; i < rows; i++) {
    if (sums) memory.copy(sums + offset, c + offset, <usize>width << 2);
    if (activation) activateRow(c + offset, width, activation, float(args, 20));
    if (residual) addRow(c + offset, residual + offset, width);
    offset += step;
  }
}

function activateRow(c: usize, width: i32, activation: i32, alpha: f32): void {
  if (activation == GELU_TANH_AFTER) forward(GELU_TANH, c, 0, c, width);
  else if (activation == GELU_AFTER) forward(GELU, c, 0, c, width);
  else if (activation == SILU_AFTER) forward(SILU, c, 0, c, width);
  else {
    for (let j = 0; j < width; j += 4) {
      const to = c + (<usize>j << 2);
      put(to, activate(take(to, width - j), activation, alpha), width - j);
    }
  }
}

function addRow(c: usize, residual: usize, width: i32): void {
  for (let j = 0; j < width; j += 4) {
    const offset = <usize>j << 2, left = width - j;
    put(c + offset, f32x4.add(take(c + offset, left), take(residual + offset, left)), left);
  }
}

function activate(x: v128, activation: i32, alpha: f32): v128 {
  const zero = f32x4.splat(0);
  if (activation == RELU_AFTER) return f32x4.max(zero, x);
  if (activation == RELU6_AFTER) return f32x4.min(f32x4.max(zero, x), f32x4.splat(6));
  const below = f32x4.lt(x, zero);
  if (activation == LEAKY_RELU_AFTER) return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, below);
  if (activation == ELU_AFTER) return v128.bitselect(expm1OfNegative4(x), x, below);
  if (activation == SIGMOID_AFTER) return sigmoid4(x);
  return x;
}
