import {
  add,
  cast,
  div,
  equal,
  exp,
  expandDims,
  log,
  max,
  mean,
  mul,
  range,
  reshape,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { counted, countOf, rowsOf } from "./rows";

/** How targets are read, and what becomes of the rows' losses. */
export interface CrossEntropyAttributes {
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
  readonly reduction: "mean" | "sum" | "none";
}

/** The losses in stock operations: [...], or a scalar where they are reduced. */
export function crossEntropyReference(
  logits: Tensor,
  targets: Tensor,
  attributes: CrossEntropyAttributes,
): Tensor {
  const { ignoreIndex, reduction } = attributes;
  const [rows, flat] = rowsOf(logits, targets);
  const counts = counted(flat, ignoreIndex);
  const losses = rowLosses(rows, flat, attributes);
  // Selected, not multiplied: smoothed over a class that is ruled out, a loss is infinite.
  const kept = where(counts, losses, zerosLike(losses));
  if (reduction === "none") return reshape(kept, targets.shape);
  return reduction === "sum" ? sum(kept) : div(sum(kept), countOf(counts));
}

/** The gradient of the logits: (softmax − wanted) · dy, 0 in ignored rows whatever they hold. */
export function crossEntropyGradReference(
  dy: Tensor,
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex, labelSmoothing, reduction }: CrossEntropyAttributes,
): Tensor {
  const [rows, flat] = rowsOf(logits, targets);
  const classes = rows.shape[1];
  const hit = cast(hits(flat, classes), "float32");
  const wanted =
    labelSmoothing === 0 ? hit : add(mul(hit, 1 - labelSmoothing), labelSmoothing / classes);
  const counts = counted(flat, ignoreIndex);
  const weight = reduction === "mean" ? div(dy, countOf(counts)) : dy;
  const column = reduction === "none" ? reshape(weight, [-1, 1]) : weight;
  const gradient: Tensor2D = mul(sub(softmax(rows), wanted), column);
  const kept = where(expandDims(counts, 1), gradient, zerosLike(gradient));
  return reshape(kept, logits.shape);
}

/** The loss of each row, as if none were ignored; [rows]. */
function rowLosses(
  logits: Tensor2D,
  targets: Tensor1D,
  { labelSmoothing }: CrossEntropyAttributes,
): Tensor1D {
  const shifted = sub(logits, max(logits, -1, true));
  const total: Tensor1D = sum(exp(shifted), -1);
  const logSum: Tensor1D = log(total);
  // Selected, for the same reason: a class ruled out by a logit of −Infinity must not give 0 · ∞.
  const hit = hits(targets, logits.shape[1]);
  const target: Tensor1D = sum(where(hit, shifted, zerosLike(shifted)), -1);
  const exact: Tensor1D = sub(logSum, target);
  if (labelSmoothing === 0) return exact;
  const spread: Tensor1D = sub(logSum, mean(shifted, -1));
  return add(mul(exact, 1 - labelSmoothing), mul(spread, labelSmoothing));
}

/** True at each row's target; [rows, classes]. */
function hits(targets: Tensor1D, classes: number): Tensor2D {
  return equal(expandDims(targets, 1), range(0, classes, 1, "int32"));
}
