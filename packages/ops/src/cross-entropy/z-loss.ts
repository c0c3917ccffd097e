import {
  add,
  div,
  exp,
  expandDims,
  log,
  max,
  mul,
  reshape,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { CrossEntropyAttributes } from "./reference";
import { counted, countOf, rowsOf } from "./rows";

/** What the z-loss reads besides logits and targets. */
export interface ZLossAttributes extends Pick<CrossEntropyAttributes, "ignoreIndex" | "reduction"> {
  /** What log² Z is multiplied by. */
  readonly zLoss: number;
}

/**
 * zLoss · log² Z of each row, Z = Σ e^logit: [...], or a scalar where they are reduced; 0 in ignored
 * rows. In stock operations, without a gradient of its own.
 */
export function zLossReference(
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex, reduction, zLoss }: ZLossAttributes,
): Tensor {
  const [rows, flat] = rowsOf(logits, targets);
  const counts = counted(flat, ignoreIndex);
  const losses: Tensor1D = mul(square(logSums(rows)), zLoss);
  const kept = where(counts, losses, zerosLike(losses));
  if (reduction === "none") return reshape(kept, targets.shape);
  return reduction === "sum" ? sum(kept) : div(sum(kept), countOf(counts));
}

/** The gradient of the logits: 2 · zLoss · log Z · softmax · dy, 0 in ignored rows. */
export function zLossGradReference(
  dy: Tensor,
  logits: Tensor,
  targets: Tensor,
  { ignoreIndex, reduction, zLoss }: ZLossAttributes,
): Tensor {
  const [rows, flat] = rowsOf(logits, targets);
  const counts = counted(flat, ignoreIndex);
  const weight = reduction === "mean" ? div(dy, countOf(counts)) : dy;
  const column = reduction === "none" ? reshape(weight, [-1, 1]) : weight;
  const slopes: Tensor2D = mul(mul(expandDims(logSums(rows), 1), 2 * zLoss), column);
  const gradient: Tensor2D = mul(softmax(rows), slopes);
  return reshape(where(expandDims(counts, 1), gradient, zerosLike(gradient)), logits.shape);
}

/** log Σ e^logit of each row, of any size of logits. */
function logSums(rows: Tensor2D): Tensor1D {
  const top: Tensor2D = max(rows, -1, true);
  return add(log(sum(exp(sub(rows, top)), -1)), reshape(top, [-1])) as Tensor1D;
}
