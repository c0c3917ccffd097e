import type { Cell, CellResult } from "./cell";

/** Mean and spread over seeds. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the sample; 0 of one number. */
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

/** What the cells of one choice tell together. */
export interface Row {
  readonly label: string;
  readonly seeds: number;
  /** At each length, in their order; null where the model's positions end before. */
  readonly losses: readonly (Spread | null)[];
  /** Share of answers, or of hidden tokens, that are right, where the task has some. */
  readonly right: readonly (Spread | null)[];
  readonly parameters: number;
  readonly stepMilliseconds: number;
  readonly peakBytes: number;
}

/** Rows of the choices that have finished cells, the best at the first length first. */
export function summaryOf(
  cells: readonly (Pick<Cell, "label"> & { readonly result: CellResult | null })[],
): Row[] {
  const byLabel = new Map<string, CellResult[]>();
  for (const { label, result } of cells) {
    if (result !== null) byLabel.set(label, [...(byLabel.get(label) ?? []), result]);
  }
  const rows = [...byLabel].map(([label, results]): Row => {
    const lengths = results[0]!.measured.map(({ length }) => length);
    const at = (
      n: number,
      pick: (of: CellResult["measured"][number]) => number | null | undefined,
    ) => spreadOf(results.flatMap(({ measured }) => pick(measured[n]!) ?? []));
    return {
      ...{ label, seeds: results.length, parameters: results[0]!.parameters },
      losses: lengths.map((_, n) => at(n, ({ loss }) => loss)),
      right: lengths.map((_, n) => at(n, ({ exactMatch, accuracy }) => exactMatch ?? accuracy)),
      stepMilliseconds: meanOf(results.map((result) => result.stepMilliseconds)),
      peakBytes: Math.max(...results.map((result) => result.peakBytes)),
    };
  });
  return rows.sort((a, b) => (a.losses[0]?.mean ?? Infinity) - (b.losses[0]?.mean ?? Infinity));
}

/** Null of no numbers. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0,
    least: Math.min(...values),
    most: Math.max(...values),
  };
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
