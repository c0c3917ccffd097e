import { bits, type SimdBackend } from "./backend";

/** One matrix of a product: where it is, and the steps in numbers to its neighbours. */
interface Matrix {
  readonly address: number;
  /** To the next row. */
  readonly row: number;
  /** To the next column. */
  readonly column: number;
  /** To the next matrix of the batch; 0 repeats the same one. */
  readonly next: number;
}

export interface Product {
  /** [rows, inner] */
  readonly a: Matrix;
  /** [inner, columns] */
  readonly b: Matrix;
  /** [rows, columns]; columns lie side by side. */
  readonly c: Omit<Matrix, "column">;
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** Address of [columns] to add, 0 for none. */
  readonly bias?: number;
  /** Adds to what c holds. */
  readonly accumulate?: boolean;
  /** What is done to each sum at the end. */
  readonly activation?: ProductActivation;
  /** What "leakyrelu" multiplies by below 0. */
  readonly alpha?: number;
  /** Address of what is added after the activation, laid out as c; 0 for none. */
  readonly residual?: number;
  /** Address that takes the sums as they are before the activation, laid out as c; 0 for none. */
  readonly sums?: number;
}

/** The activations that tfjs may ask a product for, under its names. */
export const stockActivations = ["linear", "relu", "relu6", "leakyrelu", "elu", "sigmoid"] as const;
/** All that a product knows; the place is the kernel's number. */
const productActivations = [...stockActivations, "gelu", "gelu-tanh", "silu"] as const;
export type ProductActivation = (typeof productActivations)[number];

const PANEL = 8;
/** Numbers of a that are packed at a time, and stay in the second cache while panels of b pass by. */
const PACKED_NUMBERS = 58 * 1024;
/** Most of the inner axis at a time. */
const DEPTH = 256;
/** Least rows of a block, so that packing a panel of b pays. */
const LEAST_ROWS = 64;
/** Units a thread, at least, where there are rows to make them of. */
const UNITS_A_THREAD = 16;
/** Up to so many rows b is read where it lies, once for all of them. */
const FEW_ROWS = 3;
/** Columns of a unit of the kernels for few rows. */
const [WIDE, NARROW] = [32, 4];

/** c = activation(a · b + bias) + residual. */
export function multiply(backend: SimdBackend, product: Product): void {
  const { a, b, rows, inner, columns, bias = 0, batch } = product;
  if (columns === 1 && rows > FEW_ROWS && !bias && product.c.row === 1) {
    multiply(backend, mirrored(product));
  } else if (rows <= FEW_ROWS && b.column === 1) {
    runFew(backend, product, "gemvRows", WIDE);
  } else if (rows <= FEW_ROWS && b.row === 1 && a.column === 1) {
    runFew(backend, product, "gemvColumns", NARROW);
  } else {
    const panels = Math.ceil(columns / PANEL);
    const height = rowsOfBlock(rows, inner, batch * panels, backend.pool.threads);
    const blocks = Math.ceil(rows / height);
    // About 40 floating-point operations a nanosecond.
    const cost = (2 * batch * rows * inner * columns) / 40;
    const args = slots(product, panels, blocks, height);
    backend.run("gemm", args, batch * blocks * panels, cost);
  }
}

/** A column of sums is a row of them: c by columns lies as c by rows. */
function mirrored(product: Product): Product {
  const turned = ({ address, row, column, next }: Matrix) => {
    return { address, row: column, column: row, next };
  };
  return {
    ...product,
    a: turned(product.b),
    b: turned(product.a),
    c: { ...product.c, row: product.rows },
    rows: 1,
    columns: product.rows,
  };
}

function runFew(backend: SimdBackend, product: Product, kernel: string, width: number): void {
  const { batch, rows, inner, columns } = product;
  const units = Math.ceil(columns / width);
  // About 5 numbers of b a nanosecond, from the second cache.
  const cost = (batch * inner * columns * (rows + 1)) / 10;
  backend.run(kernel, slots(product, units, 1, rows), batch * units, cost);
}

/** Few enough rows for the cache, and blocks enough for all threads where columns are few. */
function rowsOfBlock(rows: number, inner: number, units: number, threads: number): number {
  const depth = Math.min(DEPTH, Math.max(1, inner));
  const forCache = Math.ceil(rows / Math.max(LEAST_ROWS, PACKED_NUMBERS / depth));
  const forThreads = threads > 1 ? Math.ceil((threads * UNITS_A_THREAD) / Math.max(1, units)) : 1;
  const most = Math.max(1, Math.floor(rows / LEAST_ROWS));
  const blocks = Math.min(most, Math.max(forCache, forThreads));
  return Math.max(4, Math.ceil(rows / blocks / 4) * 4);
}

function slots(product: Product, panels: number, blocks: number, height: number): number[] {
  const { a, b, c, rows, inner, columns, bias = 0, accumulate = false } = product;
  const { activation = "linear", alpha = 0, residual = 0, sums = 0 } = product;
  const args = [a.address, b.address, c.address, bias, rows, inner, columns, a.row, a.column];
  args.push(b.row, b.column, c.row, panels, blocks, a.next, b.next, c.next);
  args.push(accumulate ? 1 : 0, height, productActivations.indexOf(activation), bits(alpha));
  args.push(residual, sums);
  return args;
}
