export interface SmallCurveProps {
  readonly xs: readonly number[];
  readonly curves: readonly (readonly number[])[];
}

const [WIDTH, HEIGHT, EDGE] = [100, 100, 4];

/** Curves without axes, to be told apart from others at a glance. */
export function SmallCurve({ xs, curves }: SmallCurveProps) {
  const all = [0, ...curves.flat()];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const [first, last] = [xs[0]!, xs.at(-1)!];
  const left = (x: number) => EDGE + ((WIDTH - 2 * EDGE) * (x - first)) / (last - first || 1);
  const down = (y: number) =>
    high === low ? HEIGHT / 2 : EDGE + ((HEIGHT - 2 * EDGE) * (high - y)) / (high - low);
  const pathOf = (ys: readonly number[]) =>
    ys.map((y, n) => `${n === 0 ? "M" : "L"}${left(xs[n]!).toFixed(1)} ${down(y).toFixed(1)}`);
  return (
    <svg class="small-curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={`M0 ${down(0)}H${WIDTH}`} stroke="var(--line)" />
      {curves.map((ys, n) => (
        <path
          key={n}
          d={pathOf(ys).join("")}
          fill="none"
          stroke={`var(--c${n % 8})`}
          stroke-width="2"
        />
      ))}
    </svg>
  );
}
