import { type Results, type Series, text } from "../experiment/experiment";
import { mean } from "../experiment/statistics";
import { orNull, seriesOfBars, seriesOfRuns } from "../measures/curves";
import { ranged } from "../measures/differences";
import { encodingFindings } from "./encodings-findings";
import { excessAt, FACTORS, type Measured, timeOf } from "./encodings-measured";

/** What is nearer to the best possible than this is so by chance, and has no logarithm below 0. */
const LEAST = 1e-4;

export interface EncodingsMeasured {
  readonly measured: readonly Measured[];
  /** Tokens of a text of training. */
  readonly length: number;
  /** The excess of who knows the last token alone. */
  readonly lastAlone: number;
}

export function encodingResults({ measured, length, lastAlone }: EncodingsMeasured): Results {
  const runs = measured[0]!.runs.length;
  return {
    numbers: [
      ...measured.flatMap((one) =>
        FACTORS.flatMap((factor) => {
          const values = excessAt(one, factor);
          if (values === undefined) return [];
          const of = text(
            `${one.label.en}, ${factor} times the length`,
            `${one.label.zh}，${factor} 倍长度`,
          );
          return [{ name: `${one.name}-${factor}`, label: of, value: mean(values), unit: "nat" }];
        }),
      ),
      {
        ...{ name: "last-alone", value: lastAlone, unit: "nat" },
        label: text("who knows the last token alone", "只知道上一个词元时"),
      },
      ...measured.flatMap((one) => {
        const value = timeOf(one);
        if (value === undefined) return [];
        const of = text(`${one.label.en}: a step of training`, `${one.label.zh}：一步训练`);
        return [{ name: `time-${one.name}`, label: of, value, unit: "ms" }];
      }),
    ],
    series: [
      ...[...new Set(measured.map(({ family }) => family))].flatMap((family) => {
        const of = measured.filter((one) => one.family === family);
        return FACTORS.map((factor) =>
          aboveLeast(
            seriesOfBars(
              {
                name: `at-${factor}-${family}`,
                label: text(`${factor} × the length`, `${factor} 倍长度`),
              },
              of.map((one) => excessAt(one, factor) ?? []),
            ),
          ),
        );
      }),
      ...measured.map(({ name, label, runs }) => {
        const points = Math.round((runs[0]!.excess.length / length) * 8);
        const all = runs.map(({ excess }) => excess);
        return aboveLeast(seriesOfRuns({ name, label }, all, points));
      }),
    ],
    tables: [
      {
        name: "strategies",
        label:
          runs === 1
            ? text("Every strategy", "所有编码")
            : text(
                `Every strategy: mean of ${runs} runs (the least to the greatest)`,
                `所有编码：${runs} 次训练的平均 (最小至最大)`,
              ),
        columns: [
          text("strategy", "编码"),
          text("parameters", "参数量"),
          ...FACTORS.map((factor) => text(`${factor} ×`, `${factor} 倍`)),
        ],
        rows: measured.map((one) => [
          one.label,
          one.parameters,
          ...FACTORS.map((factor) => {
            const values = excessAt(one, factor);
            return values === undefined ? "–" : ranged(values);
          }),
        ]),
      },
    ],
    findings: encodingFindings(measured, lastAlone),
  };
}

/** For a logarithmic axis. */
function aboveLeast({ low, high, y, ...series }: Series): Series {
  const raised = (values: readonly (number | null)[]) =>
    values.map((one) => (one === null ? null : orNull(Math.max(LEAST, one))));
  return {
    ...{ ...series, y: raised(y) },
    ...(low && { low: raised(low) }),
    ...(high && { high: raised(high) }),
  };
}
