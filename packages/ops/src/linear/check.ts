import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { checkShapes, refuseShape } from "../shapes";
import type { LinearWeights } from "./linears";

// Shapes are compared by hand, and put in words only where something is wrong: this runs for each
// product of each token.

/** Whether a map takes rows of so many numbers, and its parts fit each other. */
export function takes(inputs: number | undefined, { kernel, bias }: LinearWeights): boolean {
  const [from, to] = kernel.shape;
  return (
    kernel.rank === 2 && from === inputs && (!bias || (bias.rank === 1 && bias.shape[0] === to))
  );
}

/** Whether x as a map to so many outputs leaves it has the residual's shape; true for none. */
export function fitsResidual(x: Tensor, outputs: number, residual: Tensor | undefined): boolean {
  if (!residual) return true;
  const last = x.rank - 1;
  if (residual.rank !== x.rank || residual.shape[last] !== outputs) return false;
  for (let axis = 0; axis < last; axis++) {
    if (residual.shape[axis] !== x.shape[axis]) return false;
  }
  return true;
}

/** @throws As linear. */
export function checkLinear(
  x: Tensor,
  kernel: Tensor2D,
  bias: Tensor1D | undefined,
  residual: Tensor | undefined,
): void {
  if (x.rank === 0 || !takes(x.shape[x.rank - 1], { kernel, bias })) {
    checkShapes(
      ["kernel", kernel, "inputs outputs"],
      ["x", x, "... inputs"],
      ["bias", bias, "outputs"],
    );
  }
  const outputs = kernel.shape[1];
  if (fitsResidual(x, outputs, residual)) return;
  const shape = [...x.shape.slice(0, -1), outputs];
  refuseShape("residual", `[${shape.join(", ")}]`, residual!);
}
