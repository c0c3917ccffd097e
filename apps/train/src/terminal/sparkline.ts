const levels = "▁▂▃▄▅▆▇█";

/** A curve in a line of so many characters: numbers side by side are taken together. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length === 0 || width < 1) return "";
  const columns = Math.min(width, values.length);
  const means = Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * values.length) / columns));
    return values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  });
  const [least, most] = [Math.min(...means), Math.max(...means)];
  return means
    .map((mean) => {
      const share = most > least ? (mean - least) / (most - least) : 0;
      return levels[Math.min(levels.length - 1, Math.floor(share * levels.length))];
    })
    .join("");
}
