import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { LinearActivation } from "@tx/ops";
import type { SimdBackend } from "../backend";
import { multiply } from "../multiply";
import { simdKernel } from "../simd-kernel";
import { sumRows } from "../sum-rows";
import { activationGradient } from "./activations";

interface Inputs {
  /** [..., inputs] */
  x: TensorInfo;
  /** [inputs, outputs] */
  kernel: TensorInfo;
  /** [outputs] */
  bias?: TensorInfo;
  /** [..., outputs] */
  residual?: TensorInfo;
}

interface Attributes {
  activation: LinearActivation;
}

interface GradInputs extends Omit<Inputs, "bias" | "residual"> {
  /** [..., outputs] */
  dy: TensorInfo;
  /** [..., outputs], before the activation. */
  sums?: TensorInfo;
}

/** What is multiplied and added, and what is done to the sums. */
export interface Map {
  /** [inputs, outputs] */
  readonly kernel: TensorInfo;
  /** [outputs] */
  readonly bias?: TensorInfo | undefined;
  readonly activation?: LinearActivation;
  /** Address of what is added after the activation; 0 for none. */
  readonly residual?: number;
  /** Address that takes the sums before the activation; 0 for none. */
  readonly sums?: number;
}

/** So many rows of x by address to rows of outputs by address. */
export function mapRows(backend: SimdBackend, rows: number, x: number, to: number, map: Map): void {
  const { kernel, bias, activation = "linear", residual = 0, sums = 0 } = map;
  const [inner, columns] = kernel.shape as [number, number];
  multiply(backend, {
    a: { address: x, row: inner, column: 1, next: 0 },
    b: { address: backend.addressOf(kernel), row: columns, column: 1, next: 0 },
    c: { address: to, row: columns, next: 0 },
    bias: bias ? backend.addressOf(bias) : 0,
    residual,
    sums,
    activation,
    batch: 1,
    rows,
    inner,
    columns,
  });
}

/** activation(x · kernel + bias) + residual, and the sums before the activation where they are asked for. */
function forward(
  backend: SimdBackend,
  { x, kernel, bias, residual }: Inputs,
  activation: LinearActivation,
  withSums: boolean,
): TensorInfo[] {
  const shape = [...x.shape.slice(0, -1), kernel.shape[1]!];
  const output = backend.output(shape);
  const sums = withSums ? backend.output(shape) : undefined;
  const address = (info: TensorInfo | undefined) => (info ? backend.addressOf(info) : 0);
  mapRows(backend, rowsOf(x), backend.addressOf(x), backend.addressOf(output), {
    ...{ kernel, bias, activation },
    residual: address(residual),
    sums: address(sums),
  });
  return sums ? [output, sums] : [output];
}

export const linearKernels = [
  simdKernel<Inputs, Attributes & { withSums: boolean }>(
    "TxLinear",
    ({ inputs, attrs: { activation, withSums }, backend }) => {
      const made = forward(backend, inputs, activation, withSums);
      return withSums ? made : made[0]!;
    },
  ),
  simdKernel<Record<string, TensorInfo>, { count: number }>(
    "TxLinears",
    ({ inputs, attrs: { count }, backend }) =>
      Array.from({ length: count }, (_, n) => {
        const [x, kernel, bias] = [inputs.x!, inputs[`kernel${n}`]!, inputs[`bias${n}`]];
        return forward(backend, bias ? { x, kernel, bias } : { x, kernel }, "linear", false)[0]!;
      }),
  ),
  simdKernel<GradInputs, Attributes & { hasBias: boolean }>(
    "TxLinearGrad",
    ({ inputs: { x, kernel, dy, sums }, attrs: { hasBias, activation }, backend }) => {
      const dSums =
        sums && activation !== "linear" ? activationGradient(backend, activation, dy, sums) : dy;
      const dx = inputGradient(backend, dSums, kernel, x.shape);
      const dKernel = kernelGradient(backend, x, dSums, kernel.shape);
      const dBias = hasBias ? [sumRows(backend, dSums)] : [];
      if (dSums !== dy) backend.disposeIntermediateTensorInfo(dSums);
      return [dx, dKernel, ...dBias];
    },
  ),
];

/** dy · kernelᵀ */
function inputGradient(
  backend: SimdBackend,
  dy: TensorInfo,
  kernel: TensorInfo,
  shape: number[],
): TensorInfo {
  const [columns, inner] = kernel.shape as [number, number];
  const output = backend.output(shape);
  multiply(backend, {
    a: { address: backend.addressOf(dy), row: inner, column: 1, next: 0 },
    b: { address: backend.addressOf(kernel), row: 1, column: inner, next: 0 },
    c: { address: backend.addressOf(output), row: columns, next: 0 },
    batch: 1,
    rows: rowsOf(dy),
    inner,
    columns,
  });
  return output;
}

/** xᵀ · dy */
function kernelGradient(
  backend: SimdBackend,
  x: TensorInfo,
  dy: TensorInfo,
  shape: number[],
): TensorInfo {
  const [rows, columns] = shape as [number, number];
  const output = backend.output(shape);
  multiply(backend, {
    a: { address: backend.addressOf(x), row: 1, column: rows, next: 0 },
    b: { address: backend.addressOf(dy), row: columns, column: 1, next: 0 },
    c: { address: backend.addressOf(output), row: columns, next: 0 },
    batch: 1,
    rows,
    inner: rowsOf(x),
    columns,
  });
  return output;
}

export function rowsOf({ shape }: TensorInfo): number {
  return util.sizeFromShape(shape.slice(0, -1));
}
