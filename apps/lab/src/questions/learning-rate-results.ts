import { noam, sampleSchedule } from "@tx/schedule";
import { type Finding, type Results, type Series, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { seriesOfBars, seriesOfRuns } from "../measures/curves";

/** Trainings at one peak rate, with warmup or without. */
export interface Warmed {
  readonly rate: number;
  readonly warm: boolean;
  /** Loss of each run by step. */
  readonly curves: readonly (readonly number[])[];
  /** Loss of each run on new texts. */
  readonly ends: readonly number[];
}

/** A training on few texts. */
export interface Dropped {
  readonly dropout: number;
  /** Loss in eval on the texts of training. */
  readonly known: number;
  /** Loss in eval on new texts, and the same once more. */
  readonly unknown: number;
  readonly again: number;
  /** Losses on the same new texts with dropout left on. */
  readonly leftOn: readonly number[];
}

interface LearningRateMeasured {
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
      ...dropped.flatMap(({ dropout, known, unknown, leftOn }) => [
        {
          name: `known-${dropout}`,
          label: text(
            `dropout ${dropout}: loss on its own texts`,
            `dropout ${dropout}：训练文本的损失`,
          ),
          ...{ value: known, unit: "nat" },
        },
        {
          name: `unknown-${dropout}`,
          label: text(`dropout ${dropout}: loss on new texts`, `dropout ${dropout}：新文本的损失`),
          ...{ value: unknown, unit: "nat" },
        },
        {
          name: `left-on-${dropout}`,
          label: text(
            `dropout ${dropout}, left on: loss on new texts`,
            `dropout ${dropout}，未关闭：新文本的损失`,
          ),
          ...{ value: mean(leftOn), unit: "nat" },
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
        dropped.map(({ known }) => [known]),
      ),
      seriesOfBars(
        { name: "unknown", label: text("new texts, in eval", "新文本，eval 模式") },
        dropped.map(({ unknown }) => [unknown]),
      ),
      seriesOfBars(
        { name: "left-on", label: text("new texts, dropout left on", "新文本，dropout 未关闭") },
        dropped.map(({ leftOn }) => leftOn),
      ),
    ],
    findings: [...warmupFindings(warmed), ...dropoutFindings(dropped)],
  };
}

function paperSeries({ dModel, warmupSteps }: (typeof PAPER)[number]): Series {
  const points = sampleSchedule(noam({ dModel, warmupSteps }), { to: 20_000, points: 101 });
  const label = `dModel ${dModel}, warmup ${warmupSteps}`;
  return {
    ...{ name: `noam-${dModel}-${warmupSteps}`, label: text(label, label) },
    x: points.map(({ step }) => step),
    y: points.map(({ rate }) => rate),
  };
}

function warmupFindings(warmed: readonly Warmed[]): Finding[] {
  const rates = [...new Set(warmed.map(({ rate }) => rate))];
  const end = (rate: number, warm: boolean) =>
    mean(warmed.find((one) => one.rate === rate && one.warm === warm)!.ends);
  const gains = rates.map((rate) => end(rate, false) - end(rate, true));
  const helped = rates.filter((_, n) => gains[n]! > 0.02);
  const pairs = (language: "en" | "zh") =>
    rates
      .map((rate) =>
        language === "en"
          ? `${short(end(rate, false))} and ${short(end(rate, true))} at ${rate}`
          : `${rate} 时 ${short(end(rate, false))} 和 ${short(end(rate, true))}`,
      )
      .join(language === "en" ? ", " : "，");
  return [
    {
      text: text(
        `Loss on new texts without and with warmup: ${pairs("en")}.`,
        `新文本的损失，无预热与有预热：${pairs("zh")}。`,
      ),
    },
    {
      contradicts: helped.length === 0,
      text:
        helped.length > 0
          ? text(
              `Warmup gains more than 0.02 nats at a peak rate of ${helped.join(" and ")}${helped.length < rates.length ? "; at the others it does not matter" : ""}.`,
              `峰值学习率为 ${helped.join(" 和 ")} 时，预热的收益超过 0.02 奈特${helped.length < rates.length ? "；其余的没有差别" : ""}。`,
            )
          : text(
              "At none of these rates does warmup gain more than 0.02 nats: so small a model does not need it.",
              "在这些学习率下，预热的收益都不到 0.02 奈特：这么小的模型不需要它。",
            ),
    },
  ];
}

function dropoutFindings(dropped: readonly Dropped[]): Finding[] {
  const none = dropped[0]!;
  const best = dropped.reduce((a, b) => (b.unknown < a.unknown ? b : a));
  const most = dropped[dropped.length - 1]!;
  const spread = Math.max(...most.leftOn) - Math.min(...most.leftOn);
  return [
    {
      contradicts: best.dropout === 0,
      text: text(
        `Trained on few texts without dropout: ${short(none.known)} nats a word on those, ${short(none.unknown)} on new ones. New texts lose least with dropout ${best.dropout}: ${short(best.unknown)}, and ${short(best.known)} on its own.`,
        `用少量文本、不加 dropout 训练：训练文本上 ${short(none.known)} 奈特/词，新文本上 ${short(none.unknown)}。新文本损失最小的是 dropout ${best.dropout}：${short(best.unknown)}，其训练文本上为 ${short(best.known)}。`,
      ),
    },
    {
      text: text(
        `Left on in use, dropout ${most.dropout} costs ${short(mean(most.leftOn) - most.unknown)} nats, and readings of the same texts differ by up to ${short(spread)}; in eval two readings differ by ${short(Math.abs(most.unknown - most.again))}.`,
        `使用时若不关闭，dropout ${most.dropout} 多损失 ${short(mean(most.leftOn) - most.unknown)} 奈特，而且对同样文本的多次读取最多相差 ${short(spread)}；eval 模式下两次读取相差 ${short(Math.abs(most.unknown - most.again))}。`,
      ),
    },
  ];
}
