import { noam, sampleSchedule } from "@tx/schedule";
import { type Results, type Series, text } from "../experiment/experiment";
import { mean } from "../experiment/statistics";
import { seriesOfBars, seriesOfRuns } from "../measures/curves";
import { learningRateFindings } from "./learning-rate-findings";

/** Trainings at one peak rate, with warmup or without. */
export interface Warmed {
  readonly rate: number;
  readonly warm: boolean;
  /** Loss of each run by step. */
  readonly curves: readonly (readonly number[])[];
  /** Loss of each run on new texts. */
  readonly ends: readonly number[];
}

/** Trainings on few texts with one dropout. */
export interface Dropped {
  readonly dropout: number;
  readonly runs: readonly {
    /** Loss in eval on the texts of training. */
    readonly known: number;
    /** Loss in eval on new texts, and the same once more. */
    readonly unknown: number;
    readonly again: number;
    /** Losses on the same new texts with dropout left on. */
    readonly leftOn: readonly number[];
  }[];
}

export interface LearningRateMeasured {
  readonly warmed: readonly Warmed[];
  readonly dropped: readonly Dropped[];
  /** The least loss that is possible on the new texts. */
  readonly best: number;
}

/** Points of the paper's curves. */
const PAPER = [
  { dModel: 512, warmupSteps: 4000 },
  { dModel: 512, warmupSteps: 8000 },
  { dModel: 256, warmupSteps: 4000 },
];

const warmLabel = (warm: boolean) =>
  warm ? text("with warmup", "有预热") : text("without warmup", "无预热");
const key = (warm: boolean) => (warm ? "warm" : "cold");

export function learningRateResults({ warmed, dropped, best }: LearningRateMeasured): Results {
  return {
    numbers: [
      ...warmed.map(({ rate, warm, ends }) => ({
        name: `end-${key(warm)}-${rate}`,
        label: text(
          `peak rate ${rate}, ${warmLabel(warm).en}: loss on new texts`,
          `峰值学习率 ${rate}，${warmLabel(warm).zh}：新文本的损失`,
        ),
        ...{ value: mean(ends), unit: "nat" },
      })),
      ...dropped.flatMap(({ dropout, runs }) => [
        {
          name: `known-${dropout}`,
          label: text(
            `dropout ${dropout}: loss on its own texts`,
            `dropout ${dropout}：训练文本的损失`,
          ),
          ...{ value: mean(runs.map(({ known }) => known)), unit: "nat" },
        },
        {
          name: `unknown-${dropout}`,
          label: text(`dropout ${dropout}: loss on new texts`, `dropout ${dropout}：新文本的损失`),
          ...{ value: mean(runs.map(({ unknown }) => unknown)), unit: "nat" },
        },
        {
          name: `left-on-${dropout}`,
          label: text(
            `dropout ${dropout}, left on: loss on new texts`,
            `dropout ${dropout}，未关闭：新文本的损失`,
          ),
          ...{ value: mean(runs.flatMap(({ leftOn }) => leftOn)), unit: "nat" },
        },
      ]),
      {
        ...{ name: "best", value: best, unit: "nat" },
        label: text("the least that is possible", "可能的最小损失"),
      },
    ],
    series: [
      ...PAPER.map(paperSeries),
      ...[false, true].map((warm): Series => {
        const of = warmed.filter((one) => one.warm === warm);
        const bars = seriesOfBars(
          { name: `end-${key(warm)}`, label: warmLabel(warm) },
          of.map(({ ends }) => ends),
        );
        return { ...bars, x: of.map(({ rate }) => rate) };
      }),
      ...warmed.map(({ rate, warm, curves }) =>
        seriesOfRuns(
          {
            name: `curve-${key(warm)}-${rate}`,
            label: text(`${rate}, ${warmLabel(warm).en}`, `${rate}，${warmLabel(warm).zh}`),
          },
          curves,
        ),
      ),
      seriesOfBars(
        { name: "known", label: text("its own texts, in eval", "训练文本，eval 模式") },
        dropped.map(({ runs }) => runs.map(({ known }) => known)),
      ),
      seriesOfBars(
        { name: "unknown", label: text("new texts, in eval", "新文本，eval 模式") },
        dropped.map(({ runs }) => runs.map(({ unknown }) => unknown)),
      ),
      seriesOfBars(
        { name: "left-on", label: text("new texts, dropout left on", "新文本，dropout 未关闭") },
        dropped.map(({ runs }) => runs.flatMap(({ leftOn }) => leftOn)),
      ),
    ],
    findings: learningRateFindings({ warmed, dropped, best }),
  };
}

function paperSeries({ dModel, warmupSteps }: (typeof PAPER)[number]): Series {
  const points = sampleSchedule(noam({ dModel, warmupSteps }), { to: 20_000, points: 101 });
  const label = text(
    `dModel ${dModel}, warmup ${warmupSteps}`,
    `dModel ${dModel}，预热 ${warmupSteps} 步`,
  );
  return {
    ...{ name: `noam-${dModel}-${warmupSteps}`, label },
    x: points.map(({ step }) => step),
    y: points.map(({ rate }) => rate),
  };
}
