import type { Plot, Results } from "./experiment";

/** @throws Error if names come twice, numbers are not finite, or lengths do not agree. */
export function checkResults(results: Results): void {
  const { numbers, series, matrices = [], tables = [], findings } = results;
  for (const named of [numbers, series, matrices, tables]) {
    checkNames(named.map(({ name }) => name));
  }
  for (const { name, value } of numbers) checkFinite(name, [value]);
  for (const { name, x, y, low, high } of series) {
    checkFinite(`${name}.x`, x);
    for (const [side, numbersOfSide] of Object.entries({ y, low, high })) {
      if (!numbersOfSide) continue;
      if (numbersOfSide.length !== x.length) {
        throw new Error(
          `${name}.${side}: expected ${x.length} numbers, got ${numbersOfSide.length}`,
        );
      }
      checkFinite(`${name}.${side}`, numbersOfSide);
    }
  }
  for (const { name, rows, columns, values } of matrices) {
    if (values.length !== rows.length || values.some((row) => row.length !== columns.length)) {
      throw new Error(`${name}: expected ${rows.length} rows of ${columns.length} numbers`);
    }
    checkFinite(name, values.flat());
  }
  for (const { name, columns, rows } of tables) {
    if (rows.some((row) => row.length !== columns.length)) {
      throw new Error(`${name}: expected rows of ${columns.length} cells`);
    }
    checkFinite(
      name,
      rows.flat().filter((cell) => typeof cell === "number"),
    );
  }
  for (const { text } of findings) {
    if (text.en === "" || text.zh === "") throw new Error("finding: expected both languages");
  }
}

/** @throws Error if a plot's name comes twice or it shows what is not there. */
export function checkPlots(plots: readonly Plot[], results: Results): void {
  checkNames(plots.map(({ name }) => name));
  const series = new Set(results.series.map(({ name }) => name));
  const matrices = new Set((results.matrices ?? []).map(({ name }) => name));
  for (const plot of plots) {
    const [wanted, known] =
      plot.kind === "heatmap" ? [[plot.matrix], matrices] : [plot.series, series];
    for (const name of wanted) {
      if (!known.has(name)) {
        throw new Error(
          `${plot.name}: expected one of ${[...known].join(", ") || "none"}, got ${name}`,
        );
      }
    }
  }
}

function checkNames(names: readonly string[]): void {
  const twice = names.find((name, n) => names.indexOf(name) !== n);
  if (twice !== undefined) throw new Error(`name: expected each once, got ${twice} twice`);
}

function checkFinite(name: string, numbers: readonly (number | null)[]): void {
  const wrong = numbers.find((number) => number !== null && !Number.isFinite(number));
  if (wrong !== undefined) throw new Error(`${name}: expected finite numbers, got ${wrong}`);
}
