import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Activation } from "../activations";
import type { WebgpuBackend } from "../backend";
import { canRunMaps, LEAST_ROWS, mapRows } from "../maps";
import { fitsDispatch, multiply, type ProductSizes, tileOf } from "../product";
import { settings } from "../settings";
import { sumParts } from "../sum-parts";
import { areAll, made, rowsOf } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";
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

interface GradInputs {
  x: TensorInfo;
  kernel: TensorInfo;
  dy: TensorInfo;
  /** The shape of dy. */
  sums?: TensorInfo;
}

/** Workgroups that a product is to have at least, and how much of the inner axis each then. */
const [BUSY, LEAST_SHARE] = [64, 512];

/** How many workgroups share the inner axis of one tile. */
export function partsOf(sizes: ProductSizes): number {
  const tile = tileOf(sizes);
  const tiles = Math.ceil(sizes.rows / tile) * Math.ceil(sizes.columns / tile);
  const wanted = Math.floor(BUSY / tiles);
  return Math.max(1, Math.min(wanted, Math.floor(sizes.inner / LEAST_SHARE)));
}

function canDifferentiate(backend: WebgpuBackend, x: TensorInfo, kernel: TensorInfo): boolean {
  const [rows, inner] = rowsOf(x);
  const columns = kernel.shape[1]!;
  const largest = Math.max(columns, inner);
  return (
    settings.products !== "stock" &&
    rows >= LEAST_ROWS &&
    fitsDispatch(backend, { rows, columns: largest, inner })
  );
}

/** The outputs of a map: a tensor of the shape of x but for the last axis. */
const outputOf = (backend: WebgpuBackend, x: TensorInfo, kernel: TensorInfo) =>
  made(backend, [...x.shape.slice(0, -1), kernel.shape[1]!]);

/** The gradient of the kernel, and of the bias, from one product. */
function kernelGradient(
  backend: WebgpuBackend,
  x: TensorInfo,
  dSums: TensorInfo,
  hasBias: boolean,
): TensorInfo[] {
  const [inner, rows] = rowsOf(x);
  const columns = dSums.shape[dSums.shape.length - 1]!;
  const sizes = { rows, columns, inner };
  const parts = partsOf(sizes);
  const lead = parts > 1 ? [parts] : [];
  const product = made(backend, [...lead, rows, columns]);
  const columnTotals = hasBias ? made(backend, [...lead, columns]) : undefined;
  multiply(
    backend,
    { tensor: x, isTransposed: true },
    { tensor: dSums, isTransposed: false },
    sizes,
    product,
    { parts, columnTotals },
  );
  const sums = columnTotals ? [product, columnTotals] : [product];
  if (parts === 1) return sums;
  return sums.map((partial) => {
    const whole = made(backend, partial.shape.slice(1));
    sumParts(backend, partial, parts, [whole]);
    backend.disposeData(partial.dataId);
    return whole;
  });
}

export const linearKernels = [
  webgpuKernel<Inputs, { activation: Activation; withSums: boolean }>(
    "TxLinear",
    ({ inputs, attrs: { activation, withSums }, backend }) => {
      const { x, kernel, bias, residual } = inputs;
      if (!canRunMaps(backend, x, [kernel], bias, residual)) return declined;
      const output = outputOf(backend, x, kernel);
      const sums = withSums ? outputOf(backend, x, kernel) : undefined;
      mapRows(backend, x, [{ kernel, bias, output }], { activation, residual, sums });
      return sums ? [output, sums] : output;
    },
  ),
  webgpuKernel<Record<string, TensorInfo>, { count: number }>(
    "TxLinears",
    ({ inputs, attrs: { count }, backend }) => {
      const x = inputs.x!;
      const maps = Array.from({ length: count }, (_, n) => {
        return { kernel: inputs[`kernel${n}`]!, bias: inputs[`bias${n}`] };
      });
      const kernels = maps.map(({ kernel }) => kernel);
      if (!canRunMaps(backend, x, kernels, ...maps.map(({ bias }) => bias))) return declined;
      const outputs = kernels.map((kernel) => outputOf(backend, x, kernel));
      mapRows(
        backend,
        x,
        maps.map((map, n) => ({ ...map, output: outputs[n]! })),
      );
      return outputs;
    },
  ),
  webgpuKernel<GradInputs, { hasBias: boolean; activation: Activation }>(
    "TxLinearGrad",
    ({ inputs, attrs, backend }) => {
      const { x, kernel, dy, sums } = inputs;
      if (!areAll("float32", x, kernel, dy, sums) || !canDifferentiate(backend, x, kernel)) {
        return declined;
      }
      const dSums = sums ? activationGradient(backend, { x: sums, dy }, attrs.activation) : dy;
      const [rows, columns] = rowsOf(x);
      const dx = made(backend, x.shape);
      multiply(
        backend,
        { tensor: dSums, isTransposed: false },
        { tensor: kernel, isTransposed: true },
        { rows, columns, inner: kernel.shape[1]! },
        dx,
      );
      const gradients = kernelGradient(backend, x, dSums, attrs.hasBias);
      if (sums) backend.disposeData(dSums.dataId);
      return [dx, ...gradients];
    },
  ),
];
