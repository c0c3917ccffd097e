/** Optimizers number by number in float64, and what they are tried on. */

export const SHAPES = {
  "part.kernel": [5, 3],
  "part.bias": [3],
  "part.gain": [] as number[],
  "embedding.table": [2, 7, 2],
};
export type Path = keyof typeof SHAPES;
export const PATHS = Object.keys(SHAPES) as Path[];
/** Learning rates of one step after another. */
export const RATES = [0.1, 0.05, 0.2, 0.01];

export const wave = (path: Path, phase: number): number[] =>
  Array.from({ length: SHAPES[path].reduce((size, n) => size * n, 1) }, (_, i) =>
    Math.sin(3 * i + phase + path.length),
  );

type ByHand = (shape: readonly number[], start: number[], gradients: number[][]) => number[];

export const sgdByHand =
  (settings: { momentum: number; nesterov: boolean; decay: number }): ByHand =>
  (_, start, gradients) =>
    start.map((first, i) => {
      const { momentum, nesterov, decay } = settings;
      let [x, v] = [first, 0];
      for (const [step, rate] of RATES.entries()) {
        const g = gradients[step]![i]! + decay * x;
        v = momentum * v + g;
        x -= rate * (nesterov ? g + momentum * v : v);
      }
      return x;
    });

export const lionByHand =
  ({ beta1 = 0.9, beta2 = 0.99, decay = 0 }): ByHand =>
  (_, start, gradients) =>
    start.map((first, i) => {
      let [x, m] = [first, 0];
      for (const [step, rate] of RATES.entries()) {
        const g = gradients[step]![i]!;
        x -= rate * (Math.sign(beta1 * m + (1 - beta1) * g) + decay * x);
        m = beta2 * m + (1 - beta2) * g;
      }
      return x;
    });

const rootMeanSquare = (x: number[]) =>
  Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

export const adafactorByHand =
  ({
    eps = 1e-30,
    clipThreshold = 1,
    decayPower = 0.8,
    relativeStep = false,
    beta1 = 0,
    decay = 0,
  }): ByHand =>
  (shape, start, gradients) => {
    const columns = shape.at(-1) ?? 1;
    const rows = shape.at(-2) ?? 1;
    const x = [...start];
    const [change, full] = [start.map(() => 0), start.map(() => 0)];
    // Sums, as the paper has them, where the optimizer keeps means.
    const byRow = Array(x.length / columns).fill(0) as number[];
    const byColumn = Array(x.length / rows).fill(0) as number[];
    for (const [step, rate] of RATES.entries()) {
      const g = gradients[step]!;
      const kept = 1 - (step + 1) ** -decayPower;
      for (const sums of [byRow, byColumn]) for (const i of sums.keys()) sums[i]! *= kept;
      const places = g.map((_, i) => {
        const matrix = Math.floor(i / (rows * columns));
        return { matrix, row: Math.floor(i / columns), column: matrix * columns + (i % columns) };
      });
      for (const [i, { row, column }] of places.entries()) {
        const square = (1 - kept) * (g[i]! ** 2 + eps);
        byRow[row]! += square;
        byColumn[column]! += square;
        full[i] = kept * full[i]! + square;
      }
      const moments = places.map(({ matrix, row, column }, i) => {
        if (shape.length < 2) return full[i]!;
        const all = byRow.slice(matrix * rows, (matrix + 1) * rows).reduce((a, b) => a + b, 0);
        return (byRow[row]! * byColumn[column]!) / all;
      });
      const u = g.map((value, i) => value / Math.sqrt(moments[i]!));
      const excess = Math.max(1, rootMeanSquare(u) / clipThreshold);
      const alpha = relativeStep ? rate * Math.max(1e-3, rootMeanSquare(x)) : rate;
      for (const i of x.keys()) {
        change[i] = beta1 * change[i]! + (1 - beta1) * ((alpha * u[i]!) / excess);
        x[i] = x[i]! - alpha * decay * x[i]! - change[i]!;
      }
    }
    return x;
  };
