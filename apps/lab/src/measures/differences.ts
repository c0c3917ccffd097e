import { type Text, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";

/** How much more one thing has than another, in runs of which each pair shares its seeds. */
export interface Difference {
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
  readonly runs: number;
  /**
   * The side that every run is on; "within" where runs disagree, so that it lies within their spread,
   * and "few" where there are fewer than three, which may agree by chance.
   */
  readonly side: "above" | "below" | "within" | "few";
}

/** Fewer runs than that do not tell a difference from chance, even where they agree. */
export const ENOUGH = 3;

/** @throws RangeError where there are not as many of both, or none. */
export function differenceOf(a: readonly number[], b: readonly number[]): Difference {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`runs: expected as many of both, got ${a.length} and ${b.length}`);
  }
  const each = a.map((value, run) => value - b[run]!);
  const [least, greatest] = [Math.min(...each), Math.max(...each)];
  const several = least > 0 ? "above" : greatest < 0 ? "below" : "within";
  const side = each.length < ENOUGH ? "few" : several;
  return { mean: mean(each), least, greatest, runs: each.length, side };
}

/** "0.02 (0.01 to 0.03)": the mean of the runs, and from the least to the greatest of them. */
export function ranged(values: readonly number[]): Text {
  const middle = short(mean(values));
  if (values.length === 1) return text(middle, middle);
  const [least, greatest] = [Math.min(...values), Math.max(...values)].map((one) => short(one));
  return text(`${middle} (${least} to ${greatest})`, `${middle} (${least} 至 ${greatest})`);
}

/** A difference as {@link ranged} words its runs. */
export function rangedDifference({ mean, least, greatest, runs }: Difference): Text {
  const [middle, from, to] = [mean, least, greatest].map((one) => short(one));
  if (runs === 1) return text(middle!, middle!);
  return text(`${middle} (${from} to ${to})`, `${middle} (${from} 至 ${to})`);
}

/** What {@link ranged} numbers are, for the end of a sentence: "mean of 3 runs, …". */
export function ofRuns(runs: number): Text {
  if (runs === 1) return text("one run, so their spread is not known", "仅一次训练，离散程度未知");
  const few =
    runs < ENOUGH
      ? text(", too few to tell from chance", "，次数太少，可能出于偶然")
      : text("", "");
  return text(
    `mean of ${runs} runs, in brackets the least and the greatest${few.en}`,
    `${runs} 次训练的平均，括号内为最小与最大${few.zh}`,
  );
}

/** A row a thing for a table of what its runs came to. */
export function spreadRow(label: Text, values: readonly number[]): (Text | string)[] {
  const { length } = values;
  const ends = length > 1 ? [Math.min(...values), Math.max(...values)] : [];
  return [label, short(mean(values)), ...(length > 1 ? ends.map((one) => short(one)) : ["–", "–"])];
}

/** Heads of the columns that {@link spreadRow} fills. */
export const spreadColumns = (what: Text): Text[] => [
  what,
  text("mean", "平均"),
  text("least", "最小"),
  text("greatest", "最大"),
];
