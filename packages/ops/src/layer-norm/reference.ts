import { add, mean, mul, rsqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { sumRows } from "../sum-rows";

/** Deviations from the mean over their root mean square, and the inverse of that root. */
interface Normalised {
  /** The shape of x. */
  readonly value: Tensor;
  /** [..., 1] */
  readonly inverseStd: Tensor;
}

// Two passes: E[x²] − E[x]² loses every digit in float32 once the mean is large.
function normalise(x: Tensor, eps: number): Normalised {
  const centred = sub(x, mean(x, -1, true));
  const inverseStd = rsqrt(add(mean(square(centred), -1, true), eps));
  return { value: mul(centred, inverseStd), inverseStd };
}

/** Layer norm in stock operations, without a gradient of its own. */
export function layerNormReference(
  { x, gain, bias }: { x: Tensor; gain: Tensor | undefined; bias: Tensor | undefined },
  { eps }: { eps: number },
): Tensor {
  const { value } = normalise(x, eps);
  const scaled = gain ? mul(value, gain) : value;
  return bias ? add(scaled, bias) : scaled;
}

/** Gradients for x and, where asked for, gain and bias. */
export function layerNormGradReference(
  { x, gain, dy }: { x: Tensor; gain: Tensor | undefined; dy: Tensor },
  { eps, hasBias }: { eps: number; hasBias: boolean },
): Tensor[] {
  const { value, inverseStd } = normalise(x, eps);
  const d = gain ? mul(dy, gain) : dy;
  const along = mul(value, mean(mul(d, value), -1, true));
  const dx = mul(sub(sub(d, mean(d, -1, true)), along), inverseStd);
  return [dx, ...(gain ? [sumRows(mul(dy, value))] : []), ...(hasBias ? [sumRows(dy)] : [])];
}
