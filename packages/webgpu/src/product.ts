import type { TensorInfo } from "@tensorflow/tfjs-core";
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

interface ProductOptions {
  /** Parts of the inner axis that workgroups share; more than one writes [parts, …]. */
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

/** Where an element of a matrix lies, [outer, inner] or transposed, in WGSL. */
export const placeIn =
  (isTransposed: boolean, sizes: readonly [outer: string, inner: string]) =>
  (outer: string, inner: string): string =>
    isTransposed ? `${inner} * ${sizes[0]} + ${outer}` : `${outer} * ${sizes[1]} + ${inner}`;

/** a · b by tiles, into `output`: [rows, columns]. */
export function multiply(
  backend: WebgpuBackend,
  a: Matrix,
  b: Matrix,
  sizes: ProductSizes,
  output: TensorInfo,
  { parts = 1, columnTotals }: ProductOptions = {},
): void {
  const { rows, columns, inner } = sizes;
  const tile = tileOf(sizes);
  const kind = {
    tile,
    transposedA: a.isTransposed,
    transposedB: b.isTransposed,
    isSplit: true,
    withColumnSums: columnTotals !== undefined,
  };
  const placeA = placeIn(a.isTransposed, ["uniforms.rows", "uniforms.inner"]);
  const placeB = placeIn(b.isTransposed, ["uniforms.inner", "uniforms.columns"]);
  dispatch(backend, {
    name: `product_${Object.values(kind).map(Number).join("_")}`,
    reads: { a: a.tensor, b: b.tensor },
    writes: { output, ...(columnTotals && { columnTotals }) },
    uniforms: {
      rows: int(rows),
      columns: int(columns),
      inner: int(inner),
      share: int(Math.ceil(inner / parts)),
    },
    threads: 256,
    groups: [Math.ceil(columns / tile), Math.ceil(rows / tile), parts],
    code: () =>
      productCode({
        ...kind,
        declarations: "",
        begin: "let part = i32(workgroupId.z) * uniforms.rows * uniforms.columns;",
        tileAcross: "i32(workgroupId.x)",
        columns: "uniforms.columns",
        a: (row, k) => `a[${placeA(row, k)}]`,
        b: (k, column) => `b[${placeB(k, column)}]`,
        write: (row, column, sum) =>
          `output[part + ${row} * uniforms.columns + ${column}] = ${sum};`,
      }),
  });
}
