import { add, reshape, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { matMulReference } from "../mat-mul/reference";
import { sumRows } from "../sum-rows";

/** x · kernel + bias over the last axis of x, in stock operations, without a gradient of its own. */
export function linearReference(x: Tensor, kernel: Tensor2D, bias?: Tensor): Tensor {
  const y = matMulReference(rowsOf(x), kernel) as Tensor2D;
  return reshape(bias ? add(y, bias) : y, [...x.shape.slice(0, -1), kernel.shape[1]]);
}

/** Gradients of x, of the kernel and, where there is one, of the bias. */
export function linearGradReference(
  dy: Tensor,
  x: Tensor,
  kernel: Tensor,
  hasBias: boolean,
): Tensor[] {
  const rows = rowsOf(dy);
  return [
    reshape(matMulReference(rows, kernel, { transposeB: true }), x.shape),
    matMulReference(rowsOf(x), rows, { transposeA: true }),
    ...(hasBias ? [sumRows(rows)] : []),
  ];
}

function rowsOf(x: Tensor): Tensor2D {
  return x.rank === 2 ? (x as Tensor2D) : reshape(x, [-1, x.shape[x.rank - 1]!]);
}
