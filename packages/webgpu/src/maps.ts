import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Activation } from "./activations";
import type { WebgpuBackend } from "./backend";
import { COLUMNS, fewRowsCode } from "./few-rows";
import { type MapKind, mapCode, mapKindName } from "./map-code";
import { fitsDispatch, tileOf } from "./product";
import { productCode } from "./product-code";
import { dispatch, int } from "./program";
import { settings } from "./settings";
import { areAll, rowsOf } from "./tensors";

/** A linear map, and where its outputs go. */
export interface LinearMap {
  /** [inputs, columns] */
  readonly kernel: TensorInfo;
  /** [columns] */
  readonly bias?: TensorInfo | undefined;
  /** [rows, columns], or a buffer. */
  readonly output: TensorInfo;
  /** Of a buffer [batch, size, columns]: the row that takes the first of each batch's. */
  readonly from?: number;
}

interface Epilogue {
  readonly activation?: Activation;
  /** [rows, columns], added after the activation. */
  readonly residual?: TensorInfo | undefined;
  /** [rows, columns]: takes the sums before the activation. */
  readonly sums?: TensorInfo | undefined;
}

/** Fewer rows leave most of a tile empty. */
export const LEAST_ROWS = 16;

/** Whether programs can, and are to, map the rows of x by so many kernels; others read beside them. */
export function canRunMaps(
  backend: WebgpuBackend,
  x: TensorInfo,
  kernels: readonly TensorInfo[],
  ...others: (TensorInfo | undefined)[]
): boolean {
  if (settings.products === "stock" || !areAll("float32", x, ...kernels, ...others)) return false;
  const [rows, inner] = rowsOf(x);
  // A joint program has the blocks of all maps side by side, of 16 columns each at least.
  const columns = kernels.reduce((sum, { shape }) => sum + shape[1]! + COLUMNS, 0);
  return (
    fitsDispatch(backend, { rows, columns, inner }) &&
    columns / COLUMNS <= backend.device.limits.maxComputeWorkgroupsPerDimension
  );
}

/** Linear maps of the rows of x, as many in one program as it can bind the tensors of. */
export function mapRows(
  backend: WebgpuBackend,
  x: TensorInfo,
  maps: readonly LinearMap[],
  epilogue: Epilogue = {},
): void {
  const most = backend.device.limits.maxStorageBuffersPerShaderStage;
  let rest = [...maps];
  while (rest.length > 0) {
    const hasBias = rest[0]!.bias !== undefined;
    const alike = rest.findIndex(({ bias }) => (bias !== undefined) !== hasBias);
    const room = Math.max(1, Math.floor((most - 1) / (hasBias ? 3 : 2)));
    const count = Math.min(alike < 0 ? rest.length : alike, room);
    runTogether(backend, x, rest.slice(0, count), epilogue);
    rest = rest.slice(count);
  }
}

function runTogether(
  backend: WebgpuBackend,
  x: TensorInfo,
  maps: readonly LinearMap[],
  { activation = "linear", residual, sums }: Epilogue,
): void {
  const [rows, inner] = rowsOf(x);
  const widths = maps.map(({ kernel }) => kernel.shape[1]!);
  const kind: MapKind = {
    count: maps.length,
    hasBias: maps[0]!.bias !== undefined,
    hasResidual: residual !== undefined,
    hasSums: sums !== undefined,
    isPlaced: maps.some(({ from }) => from !== undefined),
    activation,
  };
  const isFew = rows < LEAST_ROWS;
  const tile = tileOf({ rows, columns: Math.min(...widths), inner });
  const block = isFew ? COLUMNS : tile;
  const blocks = widths.map((width) => Math.ceil(width / block));
  const rowsEach = isFew ? (rows === 1 ? 1 : 4) : tile;
  const numbered = (name: string, of: (map: LinearMap) => TensorInfo | undefined) =>
    maps.map((map, n) => [`${name}${n}`, of(map)] as const);
  dispatch(backend, {
    name: `${isFew ? "fewRows" : "linear"}${rowsEach}_${mapKindName(kind)}`,
    reads: {
      x,
      ...Object.fromEntries(numbered("kernel", ({ kernel }) => kernel)),
      ...Object.fromEntries(numbered("bias", ({ bias }) => bias)),
      residual,
    },
    writes: {
      ...(Object.fromEntries(numbered("output", ({ output }) => output)) as Record<
        string,
        TensorInfo
      >),
      ...(sums && { sums }),
    },
    uniforms: {
      rows: int(rows),
      inner: int(inner),
      ...Object.fromEntries(widths.map((width, n) => [`columns${n}`, int(width)])),
      ...Object.fromEntries(
        blocks.slice(1).map((_, n) => [`first${n + 1}`, int(total(blocks.slice(0, n + 1)))]),
      ),
      ...(kind.isPlaced && placesOf(x, maps, widths)),
    },
    threads: 256,
    groups: [total(blocks), Math.ceil(rows / rowsEach), 1],
    code: () => (isFew ? fewRowsCode(kind, rowsEach as 1 | 4) : tiledCode(kind, tile)),
  });
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);

/** Uniforms of where rows go: those that go nowhere special lie one after another. */
function placesOf(x: TensorInfo, maps: readonly LinearMap[], widths: readonly number[]) {
  const tokens = x.shape[x.shape.length - 2]!;
  const entries = maps.flatMap(({ output, from }, n) => {
    const width = widths[n]!;
    const size = from === undefined ? tokens : output.shape[1]!;
    return [
      [`start${n}`, int((from ?? 0) * width)],
      [`step${n}`, int(size * width)],
    ] as const;
  });
  return { tokens: int(tokens), ...Object.fromEntries(entries) };
}

function tiledCode(kind: MapKind, tile: 64 | 128): string {
  return productCode({
    ...{ tile, transposedA: false, transposedB: false, isSplit: false, withColumnSums: false },
    declarations: mapCode(kind),
    begin: "let across = pick(i32(workgroupId.x));",
    tileAcross: "across",
    columns: "columns",
    a: (row, k) => `x[${row} * uniforms.inner + ${k}]`,
    b: (k, column) => `weight(${k}, ${column})`,
    write: (row, column, sum) => `writeSum(${row}, ${column}, ${sum});`,
  });
}
