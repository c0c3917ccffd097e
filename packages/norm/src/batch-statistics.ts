import {
  add,
  div,
  maximum,
  ones,
  type Rank,
  reshape,
  type Scalar,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { checkShapes, ShapeError } from "@tx/core";
import { detach, floatsOf, matMul } from "@tx/ops";

export interface BatchStatistics {
  /** [width] */
  readonly mean: Tensor1D;
  /** [width], biased: the mean square of the distance from the mean. */
  readonly variance: Tensor1D;
  /** [], of how many positions. */
  readonly count: Scalar;
}

/**
 * Mean and variance of each feature over all positions of a batch.
 *
 * @param x [..., width], such as [batch, seq, width]
 * @param mask [...], such as [batch, seq]; bool, true for positions that count, false for padding.
 *   Where none count, mean and variance are 0.
 * @throws ShapeError if x has no axis or the mask is not x's shape without the width; RangeError if
 *   the mask is not bool.
 */
export function batchStatistics(x: Tensor, mask?: Tensor): BatchStatistics {
  checkMask(x, mask);
  return tidy(() => {
    const width = x.shape[x.rank - 1]!;
    const rows = reshape(x, [-1, width]);
    // Products, since tfjs 4.22.0's wasm backend sums over a leading axis by transposing first.
    const counted = mask && reshape(floatsOf(mask), [1, -1]);
    const count = counted ? sum<Scalar>(counted) : scalar(rows.shape[0]!);
    const shares = div<Tensor2D>(counted ?? ones([1, rows.shape[0]!]), maximum(count, 1));
    const meanOf = (values: Tensor) => matMul<Tensor2D>(shares, values);
    // Far from 0 the first mean is off by its rounding; what is left to it is small, so exact.
    const near = detach(meanOf(rows));
    const mean = add(near, meanOf(sub(rows, near)));
    const variance = meanOf(square(sub(rows, mean)));
    return {
      mean: reshape<Rank.R1>(mean, [width]),
      variance: reshape<Rank.R1>(variance, [width]),
      count,
    };
  });
}

function checkMask(x: Tensor, mask: Tensor | undefined): void {
  checkShapes(["x", x, "... width"]);
  if (!mask) return;
  const positions = x.shape.slice(0, -1);
  if (mask.shape.join() !== positions.join()) {
    throw new ShapeError(
      `mask: expected [${positions.join(", ")}], got [${mask.shape.join(", ")}]`,
    );
  }
  if (mask.dtype !== "bool") throw new RangeError(`mask: expected bool, got ${mask.dtype}`);
}
