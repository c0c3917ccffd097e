import { figure, legendOf } from "./html";
import { type ChartOptions, type Curve, lineChart, type Point, smoothed } from "./line-chart";
import type { RunData } from "./run-data";

/** Curves of one run, or of several in one picture each. */
export function trainingCharts(runs: readonly RunData[]): string {
  const names = runs.map(({ name }) => name);
  const each = (title: string, curves: readonly Curve[], options: Partial<ChartOptions> = {}) =>
    curves.some(({ points }) => points.length > 1)
      ? figure(title, lineChart(curves, { across: "step", ...options }), legendOf(names))
      : "";
  const stepCurves = (pick: (step: RunData["steps"][number]) => number | undefined) =>
    runs.map(({ steps }, color) => ({ points: pointsOf(steps, pick), color }));
  const alone = runs.length === 1;
  return [
    lossChart(runs),
    each(
      "learning rate",
      stepCurves(({ rate }) => rate),
    ),
    each(
      "norm of the gradient, before clipping",
      stepCurves(({ gradientNorm }) => gradientNorm).map((curve) => ({
        ...curve,
        points: smoothed(curve.points),
      })),
      { log: true },
    ),
    alone ? layerChart(runs[0]!) : "",
    each(
      "norm of the weights",
      stepCurves(({ weightNorm }) => weightNorm),
    ),
    each(
      "tokens a second",
      stepCurves(({ tokensPerSecond }) => tokensPerSecond),
      { fromZero: true },
    ),
    each(
      "exact match on what is held out",
      runs.map(({ evaluations }, color) => ({
        ...{ color, marked: true },
        points: evaluations.flatMap(({ step, exactMatch }): Point[] =>
          exactMatch === undefined ? [] : [[step, exactMatch]],
        ),
      })),
      { fromZero: true },
    ),
  ].join("\n");
}

/** Training loss as it came and its mean, and the loss on what is held out. */
function lossChart(runs: readonly RunData[]): string {
  if (runs.length === 1) {
    const [{ steps, evaluations }] = runs as [RunData];
    const trained = pointsOf(steps, ({ loss }) => loss);
    const heldOut = evaluations.map(({ step, validationLoss }): Point => [step, validationLoss]);
    const curves: Curve[] = [
      { points: trained, color: 0, pale: true },
      { points: smoothed(trained), color: 0 },
      { points: heldOut, color: 1, marked: true },
    ];
    return figure(
      "loss, nats a token",
      lineChart(curves, { across: "step" }),
      legendOf(["training", "held out"]),
    );
  }
  const curves = (pick: (run: RunData) => readonly Point[], marked: boolean) =>
    runs.map((run, color) => ({ points: pick(run), color, marked }));
  const names = legendOf(runs.map(({ name }) => name));
  const heldOut = curves(
    ({ evaluations }) =>
      evaluations.map(({ step, validationLoss }): Point => [step, validationLoss]),
    true,
  );
  const trained = curves(({ steps }) => smoothed(pointsOf(steps, ({ loss }) => loss)), false);
  return [
    figure("loss while training, nats a token", lineChart(trained, { across: "step" }), names),
    figure("loss on what is held out", lineChart(heldOut, { across: "step" }), names),
  ].join("\n");
}

/** Norms of the gradients of every layer. */
function layerChart({ steps }: RunData): string {
  const layers = [
    ...new Set(steps.flatMap(({ gradientNorms = {} }) => Object.keys(gradientNorms))),
  ];
  if (layers.length === 0) return "";
  const curves = layers.map((layer, color) => ({
    points: smoothed(pointsOf(steps, ({ gradientNorms }) => gradientNorms?.[layer])),
    color,
  }));
  const chart = lineChart(curves, { across: "step", log: true });
  return figure("norm of the gradient, by layer", chart, legendOf(layers));
}

function pointsOf(
  steps: RunData["steps"],
  pick: (step: RunData["steps"][number]) => number | undefined,
): Point[] {
  return steps.flatMap((metric): Point[] => {
    const value = pick(metric);
    return value === undefined ? [] : [[metric.step, value]];
  });
}
