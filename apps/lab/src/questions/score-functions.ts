import { Module, Rng } from "@tx/core";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { numberOf } from "../experiment/values";
import { attentionCost, type Cost } from "../measures/attention-cost";
import {
  HEADS,
  type Kind,
  kinds,
  LENGTH,
  makers,
  names,
  variantOf,
  wideVariant,
} from "../measures/score-variants";
import { curvesOf, trainVariants, type VariantsResult } from "../measures/train-variants";
import { runsParameter, stepsParameter } from "../measures/training-parameters";
import { scoreFindings } from "./score-functions-findings";

const LENGTHS = [32, 64, 128, 256];
const WIDTHS = [8, 16, 32, 64];
/** What one of both is while the other changes. */
const [FIXED_LENGTH, FIXED_WIDTH] = [128, 32];

/** Costs at each length or width. */
type Costs = Record<Kind, Map<number, Cost>>;

export interface ScoreMeasures {
  readonly byLength: Costs;
  readonly byWidth: Costs;
  losses?: VariantsResult;
  wide?: VariantsResult;
}

export const scoreFunctions: Experiment = {
  id: "score-functions",
  question: 3,
  parameters: [
    stepsParameter(400),
    runsParameter(3),
    {
      ...{
        kind: "number",
        name: "wide",
        label: text("large d_k of the last comparison", "最后一项比较的大 d_k"),
      },
      ...{ min: 16, max: 512, step: 16, default: 128 },
    },
    {
      ...{
        kind: "number",
        name: "repeats",
        label: text("repeats of each timing", "每次计时的重复次数"),
      },
      ...{ min: 1, max: 50, step: 1, default: 5 },
    },
  ],
  smallest: { steps: 5, runs: 1, wide: 32, repeats: 1 },
  seconds: 60,

  async *run(values, { seed }) {
    const measures: ScoreMeasures = { byLength: noCosts(), byWidth: noCosts() };
    yield* measureCosts(measures, { repeats: numberOf(values, "repeats"), seed });
    const training = { runs: numberOf(values, "runs"), steps: numberOf(values, "steps"), seed };
    measures.losses = yield* trainVariants({
      ...{ ...training, length: LENGTH },
      variants: names.map((kind) => variantOf(kind)),
      partial: (trained) => resultsOf({ ...measures, losses: { trained, floor: 0 } }),
    });
    const wide = numberOf(values, "wide");
    measures.wide = yield* trainVariants({
      ...{ ...training, length: LENGTH, rows: 8 },
      variants: (["unscaled", "dot", "additive"] as const).map((kind) => wideVariant(kind, wide)),
      partial: (trained) => resultsOf({ ...measures, wide: { trained, floor: 0 } }),
    });
    return { ...resultsOf(measures), findings: scoreFindings(measures, wide) };
  },

  plots: ({ series }) => {
    const there = (prefix: string) =>
      series.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    const [time, bytes] = [
      { label: text("milliseconds, forward and backward", "毫秒（前向加反向）"), log: true },
      { label: text("most bytes of tensors at once", "张量占用内存的峰值（字节）"), log: true },
    ];
    const [length, width] = [
      { label: text("length", "长度"), log: true },
      { label: text("d_k", "d_k"), log: true },
    ];
    const loss = { label: text("loss, nats a token", "损失（奈特/词元）") };
    const costs = { kind: "lines" as const, marked: true };
    return [
      {
        ...{ ...costs, name: "time-length", x: length, y: time, series: there("time-length-") },
        title: text(
          `time over length, d_k = ${FIXED_WIDTH}`,
          `时间随长度变化，d_k = ${FIXED_WIDTH}`,
        ),
      },
      {
        ...{
          ...costs,
          name: "memory-length",
          x: length,
          y: bytes,
          series: there("memory-length-"),
        },
        title: text(
          `memory over length, d_k = ${FIXED_WIDTH}`,
          `内存随长度变化，d_k = ${FIXED_WIDTH}`,
        ),
      },
      {
        ...{ ...costs, name: "time-width", x: width, y: time, series: there("time-width-") },
        title: text(
          `time over d_k, length ${FIXED_LENGTH}`,
          `时间随 d_k 变化，长度 ${FIXED_LENGTH}`,
        ),
      },
      {
        ...{ ...costs, name: "memory-width", x: width, y: bytes, series: there("memory-width-") },
        title: text(
          `memory over d_k, length ${FIXED_LENGTH}`,
          `内存随 d_k 变化，长度 ${FIXED_LENGTH}`,
        ),
      },
      {
        ...{ kind: "lines", name: "loss", y: loss, series: there("loss-") },
        title: text("loss while training", "训练中的损失"),
        x: { label: text("step", "步") },
      },
      {
        ...{ kind: "lines", name: "wide", y: loss, series: there("wide-") },
        title: text(
          "loss with wide heads: the dot product unscaled and scaled, and additive",
          "头很宽时的损失：不缩放与缩放的点积，以及加性",
        ),
        x: { label: text("step", "步") },
      },
    ];
  },

  code: `import { randomNormal, type Tensor4D } from "@tensorflow/tfjs-core";
import { additive, attendHeads, cosine, scaledDotProduct } from "@tx/attention";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";

await useBackend("simd");
const draw = (seed: number): Tensor4D => randomNormal([1, 2, 6, 16], 0, 1, "float32", seed);
const [query, key, value] = [draw(1), draw(2), draw(3)];
const all = { dot: scaledDotProduct(), additive: additive({ queryDim: 16, rng: new Rng(1) }), cosine: cosine({ heads: 2 }) };
for (const [name, score] of Object.entries(all)) {
  const { weights } = attendHeads(query, key, value, { score, returnWeights: true });
  console.log(name, [...weights.dataSync().slice(0, 6)].map((weight) => weight.toFixed(2)).join(" "));
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.1", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Bahdanau, Cho and Bengio",
      title: "Neural Machine Translation by Jointly Learning to Align and Translate",
      ...{ year: 2015, section: "3.1, A.1.2", url: "https://arxiv.org/abs/1409.0473" },
    },
    {
      authors: "Henry et al.",
      title: "Query-Key Normalization for Transformers",
      ...{ year: 2020, section: "3", url: "https://arxiv.org/abs/2010.04245" },
    },
  ],
};

async function* measureCosts(
  measures: ScoreMeasures,
  { repeats, seed }: { repeats: number; seed: number },
): AsyncGenerator<Progress, void, void> {
  const work = [
    ...LENGTHS.map((length) => ({
      length,
      headDim: FIXED_WIDTH,
      at: length,
      into: measures.byLength,
    })),
    ...WIDTHS.map((headDim) => ({
      length: FIXED_LENGTH,
      headDim,
      at: headDim,
      into: measures.byWidth,
    })),
  ];
  let done = 0;
  for (const { length, headDim, at, into } of work) {
    for (const kind of names) {
      const score = makers[kind](headDim, new Rng(seed));
      try {
        const rng = new Rng(seed);
        const sizes = { heads: HEADS, length, headDim };
        into[kind].set(at, await attentionCost(score, sizes, { repeats, rng }));
      } finally {
        if (score instanceof Module) score.dispose();
      }
      done += 1;
      const note = text(
        `${kinds[kind].en}, length ${length}, d_k ${headDim}`,
        `${kinds[kind].zh}，长度 ${length}，d_k ${headDim}`,
      );
      yield { done, of: work.length * names.length, note, partial: resultsOf(measures) };
    }
  }
}

const noCosts = (): Costs => ({ dot: new Map(), additive: new Map(), cosine: new Map() });

function resultsOf({ byLength, byWidth, losses, wide }: ScoreMeasures): Results {
  const costSeries = (costs: Costs, over: string) =>
    names.flatMap((kind) => {
      const points = [...costs[kind]];
      const x = points.map(([at]) => at);
      return [
        {
          ...{ name: `time-${over}-${kind}`, label: kinds[kind], x },
          y: points.map(([, { milliseconds }]) => milliseconds),
        },
        {
          ...{ name: `memory-${over}-${kind}`, label: kinds[kind], x },
          y: points.map(([, { bytes }]) => bytes),
        },
      ];
    });
  const numbersOf = (result: VariantsResult | undefined, prefix: string) =>
    (result?.trained ?? []).map(({ variant, heldOut }) => ({
      name: `${prefix}-${variant.name}`,
      label: text(
        `held-out loss${prefix === "wide" ? " with wide heads" : ""}, ${variant.label.en}`,
        `留出损失${prefix === "wide" ? "（宽头）" : ""}，${variant.label.zh}`,
      ),
      value: heldOut.reduce((sum, loss) => sum + loss, 0) / heldOut.length,
      unit: "nat",
    }));
  return {
    numbers: [...numbersOf(losses, "loss"), ...numbersOf(wide, "wide")],
    series: [
      ...costSeries(byLength, "length"),
      ...costSeries(byWidth, "width"),
      ...curvesOf(losses?.trained ?? [], "loss"),
      ...curvesOf(wide?.trained ?? [], "wide"),
    ],
    findings: [],
  };
}
