import {
  add,
  cast,
  exp,
  expandDims,
  log,
  max,
  mean,
  mul,
  notEqual,
  oneHot,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";

/** How targets are read. */
export interface CrossEntropyAttributes {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

/** 1 for the targets that count, 0 for the ignored; [rows]. */
export function keptRows(targets: Tensor1D, ignoreIndex: number): Tensor1D {
  const counts: Tensor1D = notEqual(targets, ignoreIndex);
  return cast(counts, "float32");
}

/** The loss of each row, 0 where the target is ignored, in stock operations; [rows]. */
export function crossEntropyReference(
  logits: Tensor2D,
  targets: Tensor1D,
  { ignoreIndex, labelSmoothing }: CrossEntropyAttributes,
): Tensor1D {
  const shifted = sub(logits, max(logits, -1, true));
  const logSum = log(sum(exp(shifted), -1)) as Tensor1D;
  // Selected, not multiplied: a class ruled out by a logit of −Infinity must not give 0 · ∞.
  const hit = cast(oneHot(targets, logits.shape[1]), "bool");
  const target: Tensor1D = sum(where(hit, shifted, zerosLike(shifted)), -1);
  const exact: Tensor1D = sub(logSum, target);
  if (labelSmoothing === 0) return countedOnly(exact, targets, ignoreIndex);
  const spread = sub(logSum, mean(shifted, -1));
  const smoothed: Tensor1D = add(mul(exact, 1 - labelSmoothing), mul(spread, labelSmoothing));
  return countedOnly(smoothed, targets, ignoreIndex);
}

// Selected, for the same reason: smoothed over a class that is ruled out, a loss is infinite.
function countedOnly(losses: Tensor1D, targets: Tensor1D, ignoreIndex: number): Tensor1D {
  return where(notEqual(targets, ignoreIndex), losses, zerosLike(losses));
}

/** The gradient of the logits for dy [rows]: (softmax − wanted) · dy. */
export function crossEntropyGradReference(
  dy: Tensor1D,
  logits: Tensor2D,
  targets: Tensor1D,
  { ignoreIndex, labelSmoothing }: CrossEntropyAttributes,
): Tensor {
  const classes = logits.shape[1];
  // Not oneHot's own on and off values: tfjs 4.22.0's wasm backend cuts them to whole numbers.
  const hit = cast(oneHot(targets, classes), "float32");
  const wanted =
    labelSmoothing === 0 ? hit : add(mul(hit, 1 - labelSmoothing), labelSmoothing / classes);
  const scale = expandDims(mul(dy, keptRows(targets, ignoreIndex)), 1);
  return mul(sub(softmax(logits), wanted), scale);
}
