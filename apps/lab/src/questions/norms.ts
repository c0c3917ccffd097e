import { Rng, xavierUniform } from "@tx/core";
import type { CausalLanguageModel, NormName, ResidualPolicy } from "@tx/model";
import { deepNormCoefficients } from "@tx/norm";
import { alibi, rope } from "@tx/positional";
import { constant, warmup } from "@tx/schedule";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { numberOf } from "../experiment/values";
import { Chain, type ChainRows } from "../measures/chain";
import { type ChainLesson, excessOn, learnChain } from "../measures/chain-lesson";
import { leakOf } from "../measures/leak";
import { Meter } from "../measures/meter";
import { smallDecoder } from "../measures/small-decoder";
import { runsParameter } from "../measures/training-parameters";
import type { NormRuns, PolicyRuns } from "./norms-measured";
import { normResults } from "./norms-results";

const SIZES = { vocabSize: 8, dModel: 32, heads: 4 };
const LENGTH = 24;
const BATCHES = [1, 4, 16];
/** Lengths that are read, as multiples of the trained one. */
const FACTORS = [0.25, 0.5, 1, 2, 4];
/** Texts that are measured. */
const TESTED = 32;

const sorts: readonly NormName[] = ["layer", "rms", "batch"];
const policies: readonly ResidualPolicy[] = [
  ...(["postNorm", "preNorm", "sandwichNorm", "deepNorm", "reZero"] as const),
];

export const norms: Experiment = {
  id: "norms",
  question: 12,
  parameters: [
    {
      ...{ kind: "number", name: "layers", min: 1, max: 24, step: 1, default: 4 },
      label: text("layers, where norms are placed", "层数（比较归一化位置时）"),
    },
    {
      ...{ kind: "number", name: "rate", min: 0.0001, max: 0.1, step: 0.0001, default: 0.01 },
      ...{ label: text("learning rate", "学习率"), log: true },
    },
    {
      ...{ kind: "number", name: "steps", min: 2, max: 2000, step: 10, default: 150, log: true },
      label: text("steps of training of each", "每种结构的训练步数"),
    },
    runsParameter(5),
  ],
  smallest: { layers: 1, rate: 0.01, steps: 2, runs: 1 },
  seconds: 110,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [layers, rate, steps, runs] = ["layers", "rate", "steps", "runs"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number, number];
    const seeds = new Rng(seed);
    const { vocabSize } = SIZES;
    const chain = new Chain({ vocabSize, lags: [1, 2], rng: new Rng(seeds.nextSeed()) });
    const tested = FACTORS.map((factor) =>
      chain.rows(TESTED, factor * LENGTH + 1, new Rng(seeds.nextSeed())),
    );
    // Run n of all has the same first weights and reads the same texts.
    const eachRun = Array.from({ length: runs }, () => ({
      weights: seeds.nextSeed(),
      texts: seeds.nextSeed(),
    }));
    const shared = { chain, steps, length: LENGTH };
    const meter = new Meter(runs * steps * (sorts.length * BATCHES.length + 2 * policies.length));
    const rising = warmup(constant({ rate }), { warmupSteps: Math.ceil(steps / 4) });

    const normRuns: NormRuns[] = [];
    for (const norm of sorts) {
      for (const batch of BATCHES) {
        const found: NormRuns["runs"][number][] = [];
        for (const [run, { weights, texts }] of eachRun.entries()) {
          meter.note = text(
            `${norm} norm, batch of ${batch}, run ${run + 1}`,
            `${norm} norm，批大小 ${batch}，第 ${run + 1} 次`,
          );
          const owner = new Owner();
          try {
            const model = owner.own(withNorm(norm, new Rng(weights)));
            const lesson: ChainLesson = { ...shared, model, batch, schedule: rising, seed: texts };
            const curve = yield* learnChain(lesson, meter);
            const byLength: number[] = [];
            for (const rows of tested) byLength.push(await excessOn(model, rows));
            const own = chain.rows(batch, LENGTH + 1, new Rng(texts + 1));
            found.push({ ...curve, byLength, leak: await leaksOf(model, own) });
          } finally {
            owner.dispose();
          }
        }
        normRuns.push({ norm, batch, runs: found });
      }
    }

    const policyRuns: PolicyRuns[] = [];
    for (const policy of policies) {
      for (const warm of [false, true]) {
        const found: PolicyRuns["runs"][number][] = [];
        for (const [run, { weights, texts }] of eachRun.entries()) {
          meter.note = text(
            `${policy}, ${warm ? "with" : "no"} warmup, run ${run + 1}`,
            `${policy}，${warm ? "有" : "无"}预热，第 ${run + 1} 次`,
          );
          const owner = new Owner();
          try {
            const model = owner.own(withPolicy(policy, layers, new Rng(weights)));
            const schedule = warm ? rising : constant({ rate });
            const lesson: ChainLesson = { ...shared, model, batch: 8, schedule, seed: texts };
            found.push(yield* learnChain(lesson, meter));
          } finally {
            owner.dispose();
          }
        }
        policyRuns.push({ policy, warm, runs: found });
      }
    }
    const lengths = FACTORS.map((factor) => factor * LENGTH);
    return normResults({ normRuns, policyRuns, lengths, trained: LENGTH });
  },

  plots: ({ series }) => {
    const names = (prefix: string) =>
      series.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name);
    const above = text("nats a token above the best possible", "高出理论最优的损失（奈特/词元）");
    const step = { label: text("step", "步") };
    return [
      {
        ...{ kind: "bars", name: "batches", series: names("eval-"), y: { label: above } },
        title: text(
          "Sort of norm and batch size, measured in eval",
          "归一化种类与批大小（eval 模式）",
        ),
        categories: BATCHES.map((batch) => text(`batch of ${batch}`, `批大小 ${batch}`)),
      },
      {
        ...{ kind: "lines", name: "lengths", series: names("length-"), marked: true },
        title: text("Read at other lengths than trained", "用与训练不同的长度测试"),
        x: { label: text("tokens", "词元数"), log: true },
        y: { label: above },
        marks: [{ at: LENGTH, label: text("trained", "训练长度") }],
      },
      {
        ...{
          kind: "lines",
          name: "training",
          series: names("train-"),
          x: step,
          y: { label: above },
        },
        title: text("Training, batch of 16", "训练曲线，批大小 16"),
      },
      {
        ...{ kind: "lines", name: "cold", series: names("cold-"), x: step, y: { label: above } },
        title: text("Where the norm stands, without warmup", "归一化的位置，无预热"),
      },
      {
        ...{ kind: "lines", name: "warm", series: names("warm-"), x: step, y: { label: above } },
        title: text("Where the norm stands, with warmup", "归一化的位置，有预热"),
      },
    ];
  },

  code: `import { randomNormal } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { standardBlock } from "@tx/model";
import { BatchNorm, LayerNorm } from "@tx/norm";

await useBackend("simd");
const x = randomNormal([2, 5, 8], 3, 2, "float32", 1); // [batch, seq, dModel]
for (const norm of [new LayerNorm(8), new BatchNorm(8).train()]) {
  const y = norm.forward(x); // LayerNorm: a token by itself; BatchNorm: a feature over all tokens
  console.log(norm.constructor.name, [...norm.parameters().keys()], y.shape);
}
for (const residual of ["postNorm", "preNorm", "sandwichNorm", "reZero"] as const) {
  const block = standardBlock({ dModel: 8, heads: 2, residual, norm: "layer", rng: new Rng(1) });
  console.log(residual, [...block.parameters().keys()].filter((path) => /norm|gain/i.test(path)));
}`,

  references: [
    {
      authors: "Ba, Kiros, Hinton",
      ...{ title: "Layer Normalization", year: 2016, section: "3" },
      url: "https://arxiv.org/abs/1607.06450",
    },
    {
      authors: "Ioffe, Szegedy",
      title:
        "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
      ...{ year: 2015, section: "3", url: "https://arxiv.org/abs/1502.03167" },
    },
    {
      authors: "Xiong et al.",
      title: "On Layer Normalization in the Transformer Architecture",
      ...{ year: 2020, section: "3", url: "https://arxiv.org/abs/2002.04745" },
    },
    {
      authors: "Shen et al.",
      title: "PowerNorm: Rethinking Batch Normalization in Transformers",
      ...{ year: 2020, url: "https://arxiv.org/abs/2003.07845" },
    },
    {
      authors: "Wang et al.",
      title: "DeepNet: Scaling Transformers to 1,000 Layers",
      ...{ year: 2022, section: "3", url: "https://arxiv.org/abs/2203.00555" },
    },
    {
      authors: "Bachlechner et al.",
      title: "ReZero is All You Need: Fast Convergence at Large Depth",
      ...{ year: 2020, section: "3", url: "https://arxiv.org/abs/2003.04887" },
    },
  ],
};

function withNorm(norm: NormName, rng: Rng): CausalLanguageModel {
  const structure = { ...SIZES, norm, layers: 2, positional: alibi() };
  return smallDecoder({ ...structure, init: xavierUniform(rng), rng });
}

function withPolicy(residual: ResidualPolicy, layers: number, rng: Rng): CausalLanguageModel {
  const deepNorm =
    residual === "deepNorm" ? deepNormCoefficients({ decoder: layers }).decoder : undefined;
  const positional = rope({ headDim: SIZES.dModel / SIZES.heads });
  const structure = { ...SIZES, layers, residual, deepNorm, positional };
  return smallDecoder({ ...structure, init: xavierUniform(rng), rng });
}

/** What the last token tells earlier places: while training, and in eval. */
async function leaksOf(model: CausalLanguageModel, rows: ChainRows): Promise<[number, number]> {
  const leak = (training: boolean) => {
    model.train(training);
    return leakOf((ids) => model.forward(ids), rows, SIZES.vocabSize);
  };
  const inTraining = await leak(true);
  return [inTraining, await leak(false)];
}
