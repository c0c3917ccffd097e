import { put, take } from "./common";
import { expm1OfNegative4, sigmoid4 } from "./math";

// What a product may do to its numbers before it hands them on: the numbers of src/multiply.ts.
const RELU: i32 = 1;
const RELU6: i32 = 2;
const LEAKY_RELU: i32 = 3;
const ELU: i32 = 4;
const SIGMOID: i32 = 5;

/** Applies an activation to rows of width numbers, step bytes apart. */
export function activatePanel(
  c: usize, step: usize, rows: i32, width: i32, activation: i32, alpha: f32,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j += 4) {
      const to = c + (<usize>j << 2);
      put(to, activate(take(to, width - j), activation, alpha), width - j);
    }
    c += step;
  }
}

function activate(x: v128, activation: i32, alpha: f32): v128 {
  const zero = f32x4.splat(0);
  if (activation == RELU) return f32x4.max(zero, x);
  if (activation == RELU6) return f32x4.min(f32x4.max(zero, x), f32x4.splat(6));
  const below = f32x4.lt(x, zero);
  if (activation == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, f32x4.splat(alpha)), x, below);
  if (activation == ELU) return v128.bitselect(expm1OfNegative4(x), x, below);
  if (activation == SIGMOID) return sigmoid4(x);
  return x;
}
