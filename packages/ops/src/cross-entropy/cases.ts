import { grad, type Tensor, tensor, util } from "@tensorflow/tfjs-core";
import { type CrossEntropyOptions, softmaxCrossEntropy } from "./softmax-cross-entropy";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
export const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );

export const classes = 5;
export const logits = (shape: number[] = [2, 3, classes]) => tensor(numbers(shape), shape);
export const targetsOf = (values: number[], shape = [2, 3]) => tensor(values, shape, "int32");
export const some = [4, -100, 0, 2, 3, -100];

/** One row's loss: −Σ wanted · log softmax, in double precision. */
export function plainLoss(
  row: number[],
  target: number,
  { labelSmoothing = 0, ignoreIndex = -100 },
) {
  if (target === ignoreIndex) return 0;
  const top = Math.max(...row);
  const logSum = top + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return row.reduce((loss, logit, j) => {
    const wanted = labelSmoothing / row.length + (j === target ? 1 - labelSmoothing : 0);
    return wanted === 0 ? loss : loss + wanted * (logSum - logit);
  }, 0);
}

export const plainLosses = (x: number[], targets: number[], options: CrossEntropyOptions = {}) =>
  targets.map((target, n) => plainLoss(x.slice(n * classes, (n + 1) * classes), target, options));

export const sumOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

export const gradientOf = (x: Tensor, targets: Tensor, options: CrossEntropyOptions = {}) =>
  grad((x) => softmaxCrossEntropy(x, targets, { reduction: "sum", ...options }))(x);
