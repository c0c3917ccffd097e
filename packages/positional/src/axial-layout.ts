import { checkCount } from "@tx/core";

export interface AxialLayoutOptions {
  /** Width of the embeddings. */
  dModel: number;
  /**
   * How a row's and a column's vectors meet: side by side, as in Reformer, or added, as in Axial
   * Attention. Default "concat".
   */
  combine?: "concat" | "sum";
  /** Rows and columns of the grid. Default: nearly square, with room for maxLen. */
  shape?: readonly [rows: number, columns: number];
  /** Positions it knows: 0 to maxLen − 1. Default: rows · columns. */
  maxLen?: number;
  /**
   * Widths of the rows' and of the columns' vectors. Default: halves of dModel, the columns' the
   * larger one if it is odd; for "sum" both are dModel.
   */
  dims?: readonly [rows: number, columns: number];
}

/** The options, every default settled. */
export type AxialLayout = Required<AxialLayoutOptions>;

/** @throws RangeError if an option makes no sense, naming it. */
export function axialLayout(options: AxialLayoutOptions): AxialLayout {
  const { dModel, combine = "concat" } = options;
  checkCount("dModel", dModel);
  if (combine !== "concat" && combine !== "sum") {
    throw new RangeError(`combine: expected "concat" or "sum", got ${JSON.stringify(combine)}`);
  }
  const [rows, columns] = shapeOf(options);
  const { maxLen = rows * columns } = options;
  checkCount("maxLen", maxLen);
  if (maxLen > rows * columns) {
    throw new RangeError(
      `maxLen: expected at most rows · columns = ${rows} · ${columns} = ${rows * columns}, got ${maxLen}`,
    );
  }
  return {
    dModel,
    combine,
    shape: [rows, columns],
    maxLen,
    dims: dimsOf(dModel, combine, options),
  };
}

function shapeOf({ shape, maxLen }: AxialLayoutOptions): readonly [number, number] {
  if (shape) return checkPair("shape", shape);
  if (maxLen === undefined) {
    throw new RangeError("shape: expected [rows, columns], or a maxLen, got neither");
  }
  checkCount("maxLen", maxLen);
  const columns = Math.ceil(Math.sqrt(maxLen));
  return [Math.ceil(maxLen / columns), columns];
}

function dimsOf(
  dModel: number,
  combine: AxialLayout["combine"],
  { dims }: AxialLayoutOptions,
): readonly [number, number] {
  const half = Math.floor(dModel / 2);
  const [rows, columns] = checkPair(
    "dims",
    dims ?? (combine === "sum" ? [dModel, dModel] : [half, dModel - half]),
  );
  if (combine === "sum" && !(rows === dModel && columns === dModel)) {
    throw new RangeError(
      `dims: expected both dModel=${dModel} for a sum, got ${rows} and ${columns}`,
    );
  }
  if (combine === "concat" && rows + columns !== dModel) {
    throw new RangeError(
      `dims: expected widths that add up to dModel=${dModel}, got ${rows} and ${columns}`,
    );
  }
  return [rows, columns];
}

function checkPair(name: string, pair: readonly number[]): readonly [number, number] {
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new RangeError(`${name}: expected two numbers, got ${JSON.stringify(pair)}`);
  }
  for (const value of pair) checkCount(name, value);
  return pair as unknown as readonly [number, number];
}
