import { add, mean, mul, rsqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { sumRows } from "../sum-rows";

/** What is normalised and, if there is one, what it is multiplied by. */
interface Inputs {
  readonly x: Tensor;
  readonly gain: Tensor | undefined;
}

/** 1 / √(mean(x²) + eps), [..., 1]. */
function inverseRoot(x: Tensor, eps: number): Tensor {
  return rsqrt(add(mean(square(x), -1, true), eps));
}

/** RMS norm in stock operations, without a gradient of its own. */
export function rmsNormReference({ x, gain }: Inputs, { eps }: { eps: number }): Tensor {
  const value = mul(x, inverseRoot(x, eps));
  return gain ? mul(value, gain) : value;
}

/** Gradients for x and, where there is one, the gain. */
export function rmsNormGradReference(
  { x, gain, dy }: Inputs & { dy: Tensor },
  { eps }: { eps: number },
): Tensor[] {
  const inverse = inverseRoot(x, eps);
  const value = mul(x, inverse);
  const d = gain ? mul(dy, gain) : dy;
  const dx = mul(sub(d, mul(value, mean(mul(d, value), -1, true))), inverse);
  return [dx, ...(gain ? [sumRows(mul(dy, value))] : [])];
}
