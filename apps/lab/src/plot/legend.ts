import { small } from "./axis";

/** Pixels: of the sign before a name, between names, and from row to row. */
const [ICON, GAP, ROW] = [24, 10, 20];

/** A legend above a picture, and how high it is: it takes as many rows as its names need. */
export function legendOf(names: readonly string[], width: number) {
  if (names.length < 2) return { legend: { show: false }, height: 0 };
  let [rows, used] = [1, 0];
  for (const name of names) {
    const needed = ICON + widthOf(name) + GAP;
    if (used > 0 && used + needed > width - 20) [rows, used] = [rows + 1, 0];
    used += needed;
  }
  return {
    legend: {
      ...{ data: [...names], top: 0, left: 0, width: width - 20, itemGap: GAP, itemWidth: 16 },
      ...{ itemHeight: 9, textStyle: { ...small, fontSize: 12, color: "var(--ink)" } },
      selectedMode: false,
    },
    height: rows * ROW,
  };
}

/** About how wide a text is, in pixels: Chinese characters are twice as wide as Latin ones. */
export const widthOf = (name: string) =>
  [...name].reduce((sum, character) => sum + (character > "\u2e7f" ? 12.5 : 7), 0);
