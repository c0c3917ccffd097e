import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type Activation, activationCode } from "./activations";
import type { WebgpuBackend } from "./backend";
import { productCode } from "./product-code";
import { dispatch, int } from "./program";

/** A matrix: where it lies, and whether row by row or, transposed, column by column. */
export interface Matrix {
  readonly tensor: TensorInfo;
  readonly isTransposed: boolean;
}

export interface ProductSizes {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

/** What is done to each sum before it is written. */
interface Epilogue {
  /** [columns] */
  readonly bias?: TensorInfo | undefined;
  readonly activation?: Activation;
  /** [rows, columns], added after the activation. */
  readonly residual?: TensorInfo | undefined;
  /** [rows, columns]: takes the sums before the activation. */
  readonly sums?: TensorInfo | undefined;
}

export interface ProductOptions extends Epilogue {
  /** Parts of the inner axis that workgroups share; more than one writes [parts, …] without epilogue. */
  readonly parts?: number;
  /** [parts, columns]: takes the sums of b's columns. */
  readonly columnTotals?: TensorInfo | undefined;
}

/** A tile's rows and columns: 64, or 128 where there are enough of them to keep a GPU busy. */
export function tileOf({ rows, columns }: ProductSizes): 64 | 128 {
  return Math.floor(rows / 128) * Math.floor(columns / 128) >= 96 ? 128 : 64;
}

/** Whether all tiles fit into one dispatch. */
export function fitsDispatch(backend: WebgpuBackend, { rows, columns }: ProductSizes): boolean {
  const limit = backend.device.limits.maxComputeWorkgroupsPerDimension;
  return Math.ceil(Math.max(rows, columns) / 64) <= limit;
}

/** a · b by tiles, into `output`: [rows, columns]. */
export function multiply(
  backend: WebgpuBackend,
  a: Matrix,
  b: Matrix,
  sizes: ProductSizes,
  output: TensorInfo,
  options: ProductOptions = {},
): void {
  const { bias, residual, sums, activation = "linear", parts = 1 } = options;
  const { columnTotals } = options;
  const { rows, columns, inner } = sizes;
  const tile = tileOf(sizes);
  const kind = {
    tile,
    transposedA: a.isTransposed,
    transposedB: b.isTransposed,
    hasBias: bias !== undefined,
    hasResidual: residual !== undefined,
    hasSums: sums !== undefined,
    withColumnSums: columnTotals !== undefined,
  };
  const flags = Object.values(kind).map(Number).join("_");
  dispatch(backend, {
    name: `product_${flags}_${activation}`,
    reads: { a: a.tensor, b: b.tensor, bias, residual },
    writes: { output, ...(sums && { sums }), ...(columnTotals && { columnTotals }) },
    uniforms: {
      rows: int(rows),
      columns: int(columns),
      inner: int(inner),
      share: int(Math.ceil(inner / parts)),
    },
    threads: 256,
    groups: [Math.ceil(columns / tile), Math.ceil(rows / tile), parts],
    code: () => `${activationCode(activation)}\n${productCode(kind)}`,
  });
}
