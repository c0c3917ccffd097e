import {
  cast,
  maximum,
  notEqual,
  reshape,
  type Scalar,
  scalar,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";

/** Logits and targets as [rows, classes] and [rows]. */
export function rowsOf(logits: Tensor, targets: Tensor): [Tensor2D, Tensor1D] {
  return [reshape(logits, [targets.size, logits.shape[logits.rank - 1]!]), reshape(targets, [-1])];
}

/** True for the targets that count; [rows]. */
export function counted(targets: Tensor1D, ignoreIndex: number): Tensor1D {
  return notEqual(targets, scalar(ignoreIndex, "int32"));
}

/** How many count, 1 if none. */
export function countOf(counts: Tensor1D): Scalar {
  return maximum(sum(cast(counts, "float32")), 1);
}
