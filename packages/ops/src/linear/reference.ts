import { add, reshape, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { matMulReference } from "../mat-mul/reference";
import { sumRows } from "../sum-rows";

/** A function of one number, in stock operations. */
export interface Curve {
  value(x: Tensor): Tensor;
  /** dy times the derivative at x. */
  gradient(dy: Tensor, x: Tensor): Tensor;
}

export type LinearInputs = Readonly<
  Record<"x" | "kernel", Tensor> & Record<"bias" | "residual", Tensor | undefined>
>;

/**
 * [output, sums?] in stock operations, without a gradient of its own.
 *
 * @param withSums Whether the sums before the activation are wanted too.
 */
export function linearReference(
  { x, kernel, bias, residual }: LinearInputs,
  withSums: boolean,
  activation?: Curve,
): Tensor[] {
  const product = matMulReference(rowsOf(x), kernel) as Tensor2D;
  const shape = [...x.shape.slice(0, -1), kernel.shape[1]!];
  const sums = reshape(bias ? add(product, bias) : product, shape);
  const active = activation ? activation.value(sums) : sums;
  return [residual ? add(active, residual) : active, ...(withSums ? [sums] : [])];
}

/** Gradients of x, of the kernel and, where there is one, of the bias. */
export function linearGradReference(
  { x, kernel, sums, dy }: Record<"x" | "kernel" | "dy", Tensor> & { sums: Tensor | undefined },
  hasBias: boolean,
  activation?: Curve,
): Tensor[] {
  const rows = rowsOf(activation ? activation.gradient(dy, sums!) : dy);
  return [
    reshape(matMulReference(rows, kernel, { transposeB: true }), x.shape),
    matMulReference(rowsOf(x), rows, { transposeA: true }),
    ...(hasBias ? [sumRows(rows)] : []),
  ];
}

function rowsOf(x: Tensor): Tensor2D {
  return x.rank === 2 ? (x as Tensor2D) : reshape(x, [-1, x.shape[x.rank - 1]!]);
}
