import {
  type BatchMatMulAttrs,
  matMul,
  reshape,
  type Tensor,
  type Tensor2D,
  transpose,
  util,
} from "@tensorflow/tfjs-core";
import { type Gradient, gradientOf } from "./gradient";
import { unbroadcast } from "./unbroadcast";

const batchOf = (x: Tensor): number => util.sizeFromShape(x.shape.slice(0, -2));

/** All rows of all matrices, one below the other; turned if asked. */
function stacked(x: Tensor, turned: boolean): Tensor2D {
  const rows = reshape(x, [util.sizeFromShape(x.shape.slice(0, -1)), x.shape.at(-1)!]);
  return (turned ? transpose(rows) : rows) as Tensor2D;
}

/**
 * The product x · y of two stacks of matrices, either turned first, summed over the batch axes
 * that an operand of this shape was broadcast along.
 *
 * One matrix product serves where the operand was shared by the whole batch, as weights are, or
 * where there is no batch. It has explicit transposes because the wasm backend of tfjs 4.22.0 is
 * fast only at products of two matrices without flags, 10 to 30 times faster than at all others.
 */
function product(x: Tensor, y: Tensor, turnX: boolean, turnY: boolean, shape: number[]): Tensor {
  const batchX = batchOf(x);
  const batchY = batchOf(y);
  const rowsOfX = batchY === 1 && (batchX === 1 || !turnX);
  const sumOverBatch =
    batchX === batchY && turnX && !turnY && shape.slice(0, -2).every((size) => size === 1);
  return rowsOfX || sumOverBatch
    ? reshape(matMul(stacked(x, turnX), stacked(y, turnY)), shape)
    : unbroadcast(matMul(x, y, turnX, turnY), shape);
}

/** Products of matrices. */
export const matrixGradients = (): Gradient[] => [
  gradientOf("BatchMatMul", ["a", "b"], {
    a: (dy, [a, b], { transposeA, transposeB }: BatchMatMulAttrs) =>
      transposeA
        ? product(b, dy, transposeB, true, a.shape)
        : product(dy, b, false, !transposeB, a.shape),
    b: (dy, [a, b], { transposeA, transposeB }) =>
      transposeB
        ? product(dy, a, true, transposeA, b.shape)
        : product(a, dy, !transposeA, false, b.shape),
  }),
];
