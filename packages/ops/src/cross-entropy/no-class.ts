import {
  equal,
  fill,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  reshape,
  scalar,
  sum,
  type Tensor,
  where,
  zeros,
} from "@tensorflow/tfjs-core";
import type { CrossEntropyAttributes } from "./reference";

/**
 * NaN for targets that are neither a class nor ignored, else 0: [...], or their sum, a scalar. In
 * stock operations on one number a row, which nothing waits for.
 */
export function noClassAsNaN(
  targets: Tensor,
  classes: number,
  { ignoreIndex, reduction }: Pick<CrossEntropyAttributes, "ignoreIndex" | "reduction">,
): Tensor {
  const flat = reshape(targets, [-1]);
  const int = (value: number) => scalar(value, "int32");
  // No clipByValue: tfjs 4.22.0's wasm backend reads whole numbers as floats there.
  const isClass = logicalAnd(greaterEqual(flat, int(0)), less(flat, int(classes)));
  const isFine = logicalOr(isClass, equal(flat, int(ignoreIndex)));
  const marks = where(isFine, zeros(flat.shape), fill(flat.shape, Number.NaN));
  return reduction === "none" ? reshape(marks, targets.shape) : sum(marks);
}
