import { add, reshape, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import { type GateActivation, gateActivations } from "../gated/reference";
import { matMulReference } from "../mat-mul/reference";
import { sumRows } from "../sum-rows";

/** "gelu" is exact, "gelu-tanh" its approximation; "linear" changes nothing. */
export type LinearActivation = "linear" | Exclude<GateActivation, "sigmoid">;

export type LinearInputs = Readonly<
  Record<"x" | "kernel", Tensor> & Record<"bias" | "residual", Tensor | undefined>
>;

export type LinearForward = {
  readonly activation: LinearActivation;
  /** Whether the sums before the activation are wanted too. */
  readonly withSums: boolean;
};

/** [output, sums?] in stock operations, without a gradient of its own. */
export function linearReference(
  { x, kernel, bias, residual }: LinearInputs,
  { activation, withSums }: LinearForward,
): Tensor[] {
  const product = matMulReference(rowsOf(x), kernel) as Tensor2D;
  const shape = [...x.shape.slice(0, -1), kernel.shape[1]!];
  const sums = reshape(bias ? add(product, bias) : product, shape);
  const active = activation === "linear" ? sums : gateActivations[activation].value(sums);
  return [residual ? add(active, residual) : active, ...(withSums ? [sums] : [])];
}

/** Gradients of x, of the kernel and, where there is one, of the bias. */
export function linearGradReference(
  { x, kernel, sums, dy }: Record<"x" | "kernel" | "dy", Tensor> & { sums: Tensor | undefined },
  { hasBias, activation }: { hasBias: boolean; activation: LinearActivation },
): Tensor[] {
  const dSums =
    activation === "linear" || !sums ? dy : gateActivations[activation].gradient(dy, sums);
  const rows = rowsOf(dSums);
  return [
    reshape(matMulReference(rows, kernel, { transposeB: true }), x.shape),
    matMulReference(rowsOf(x), rows, { transposeA: true }),
    ...(hasBias ? [sumRows(rows)] : []),
  ];
}

function rowsOf(x: Tensor): Tensor2D {
  return x.rank === 2 ? (x as Tensor2D) : reshape(x, [-1, x.shape[x.rank - 1]!]);
}
