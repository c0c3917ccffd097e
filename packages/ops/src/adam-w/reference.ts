import {
  add,
  broadcastTo,
  div,
  isNaN as isNaNTensor,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  type Tensor,
  where,
} from "@tensorflow/tfjs-core";
import type { AdamWInputs } from "./adam-w-update";

/** One update's numbers, the bias corrections already worked out on the host in float64. */
export interface AdamWAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** rate / (1 − beta1^step) */
  readonly stepSize: number;
  /** 1 / √(1 − beta2^step) */
  readonly secondCorrection: number;
  /** 1 − rate · weightDecay */
  readonly keep: number;
}

/** The update in stock operations: new parameter, first moment, second moment. */
export function adamWReference(
  { parameter, gradient, firstMoment, secondMoment, gradientScale }: AdamWInputs,
  { beta1, beta2, eps, stepSize, secondCorrection, keep }: AdamWAttributes,
  skipNaN = false,
): Tensor[] {
  const g = gradientScale ? mul(gradient, gradientScale) : gradient;
  const m = add(mul(firstMoment, beta1), mul(g, 1 - beta1));
  const v = add(mul(secondMoment, beta2), mul(square(g), 1 - beta2));
  const step = div(mul(m, stepSize), add(mul(sqrt(v), secondCorrection), eps));
  const updated = [sub(keep === 1 ? parameter : mul(parameter, keep), step), m, v];
  if (!skipNaN || !gradientScale) return updated;
  const skips = broadcastTo(isNaNTensor(reshape(gradientScale, [])), parameter.shape);
  const before = [parameter, firstMoment, secondMoment];
  return updated.map((now, n) => where(skips, before[n]!, now));
}
