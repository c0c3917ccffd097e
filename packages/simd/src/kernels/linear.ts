import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { multiply } from "../multiply";
import { simdKernel } from "../simd-kernel";
import { sumRows } from "../sum-rows";

interface Inputs {
  /** [..., inputs] */
  x: TensorInfo;
  /** [inputs, outputs] */
  kernel: TensorInfo;
  /** [outputs] */
  bias?: TensorInfo;
}

interface GradInputs extends Omit<Inputs, "bias"> {
  /** [..., outputs] */
  dy: TensorInfo;
}

export const linearKernels = [
  simdKernel<Inputs>("TxLinear", ({ inputs, backend }) => {
    const { x, kernel, bias } = inputs;
    const [inner, columns] = kernel.shape as [number, number];
    const rows = rowsOf(x);
    const output = backend.output([...x.shape.slice(0, -1), columns]);
    multiply(backend, {
      a: { address: backend.addressOf(x), row: inner, column: 1, next: 0 },
      b: { address: backend.addressOf(kernel), row: columns, column: 1, next: 0 },
      c: { address: backend.addressOf(output), row: columns, next: 0 },
      bias: bias ? backend.addressOf(bias) : 0,
      batch: 1,
      rows,
      inner,
      columns,
    });
    return output;
  }),
  simdKernel<GradInputs, { hasBias: boolean }>("TxLinearGrad", ({ inputs, attrs, backend }) => {
    const { x, kernel, dy } = inputs;
    const { hasBias } = attrs;
    const dx = inputGradient(backend, dy, kernel, x.shape);
    const dKernel = kernelGradient(backend, x, dy, kernel.shape);
    return [dx, dKernel, ...(hasBias ? [sumRows(backend, dy)] : [])];
  }),
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

function rowsOf({ shape }: TensorInfo): number {
  return util.sizeFromShape(shape.slice(0, -1));
}
