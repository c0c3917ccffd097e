import { add, mul, neg, sigmoid, type Tensor } from "@tensorflow/tfjs-core";

/** SiLU in stock operations, without a gradient of its own. */
export function siluReference({ x }: { x: Tensor }): Tensor {
  return mul(x, sigmoid(x));
}

/** dy times the derivative of SiLU at x. */
export function siluGradReference({ x, dy }: { x: Tensor; dy: Tensor }): Tensor {
  // sigmoid(−x), not 1 − sigmoid(x), which has no digits left where the gate is nearly open.
  return mul(dy, mul(sigmoid(x), add(mul(x, sigmoid(neg(x))), 1)));
}
