import type { Tensor2D } from "@tensorflow/tfjs-core";
import { Rng, xavierUniform } from "@tx/core";
import type { CausalLanguageModel } from "@tx/model";
import { sinusoidal } from "@tx/positional";
import { constant, noam } from "@tx/schedule";
import { causalLoss, type IntRows, rowsTensor, takeRows } from "@tx/training";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { textRows, vocabulary } from "../measures/cloze";
import { lossesOf } from "../measures/losses";
import { Meter } from "../measures/meter";
import { smallDecoder } from "../measures/small-decoder";
import { train } from "../measures/train";
import { type Dropped, learningRateResults, type Warmed } from "./learning-rate-results";

const SIZES = { vocabSize: vocabulary.length, dModel: 32, heads: 4 };
const [BATCH, LENGTH, TESTED] = [16, 24, 64];
/** Texts of the small set on which dropout is to help. */
const FEW = 32;
/** Readings of the same texts with dropout left on. */
const READINGS = 8;
const DROPOUTS = [0, 0.1, 0.3];

export const learningRate: Experiment = {
  id: "learning-rate",
  question: 17,
  parameters: [
    {
      ...{ kind: "number", name: "rate", min: 0.0003, max: 0.1, step: 0.0001, default: 0.01 },
      ...{ label: text("middle one of three peak rates", "三个峰值学习率的中间值"), log: true },
    },
    {
      ...{ kind: "number", name: "layers", min: 1, max: 12, step: 1, default: 4 },
      label: text("layers, post-norm as in the paper", "层数（post-norm，同论文）"),
    },
    {
      ...{ kind: "number", name: "steps", min: 4, max: 3000, step: 10, default: 150, log: true },
      label: text("steps of training of each", "每种的训练步数"),
    },
    {
      ...{ kind: "number", name: "runs", min: 1, max: 10, step: 1, default: 3 },
      label: text("runs of each, with other first weights", "每种的运行次数（初始权重不同）"),
    },
  ],
  smallest: { rate: 0.01, layers: 1, steps: 4, runs: 1 },
  seconds: 45,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [middle, layers, steps, runs] = ["rate", "layers", "steps", "runs"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number, number];
    const seeds = new Rng(seed);
    const tested = textRows(TESTED, LENGTH + 1, new Rng(seeds.nextSeed()));
    const best = mean([...tested.nats].filter((_, n) => n % (LENGTH + 1) > 0));
    const eachRun = Array.from({ length: runs }, () => seeds.nextSeed());
    const texts = seeds.nextSeed();
    const meter = new Meter(steps * runs * (6 + 2 * DROPOUTS.length));
    const warmupSteps = Math.ceil(steps / 4);

    const warmed: Warmed[] = [];
    for (const rate of [middle / 3, middle, 3 * middle]) {
      // Of which the peak is this rate.
      const factor = rate * Math.sqrt(SIZES.dModel * warmupSteps);
      const rising = noam({ dModel: SIZES.dModel, warmupSteps, factor });
      const falling = (step: number) => rate * Math.min(1, Math.sqrt(warmupSteps / (step + 1)));
      for (const warm of [false, true]) {
        const shown = Number(rate.toPrecision(2));
        meter.note = text(
          `peak ${shown}, ${warm ? "with" : "without"} warmup`,
          `峰值 ${shown}，${warm ? "有" : "无"}预热`,
        );
        const curves: number[][] = [];
        const ends: number[] = [];
        for (const weights of eachRun) {
          const owner = new Owner();
          try {
            const rng = new Rng(weights);
            const parts = {
              ...SIZES,
              layers,
              residual: "postNorm",
              init: xavierUniform(rng),
            } as const;
            const positional = sinusoidal({ dModel: SIZES.dModel });
            const model = owner.own(smallDecoder({ ...parts, positional, rng }));
            const reading = new Rng(texts);
            const { losses } = yield* train(
              {
                ...{ model, steps, schedule: warm ? rising : falling },
                loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
                batch: (): [Tensor2D] => [rowsTensor(textRows(BATCH, LENGTH + 1, reading))],
              },
              meter,
            );
            curves.push([...losses]);
            ends.push(await lossOf(model, tested));
          } finally {
            owner.dispose();
          }
        }
        warmed.push({ rate: shown, warm, curves, ends });
      }
    }

    const few = textRows(FEW, LENGTH + 1, new Rng(texts + 1));
    const dropped: Dropped[] = [];
    for (const dropout of DROPOUTS) {
      const found: Dropped["runs"][number][] = [];
      for (const [run, weights] of eachRun.entries()) {
        meter.note = text(
          `dropout ${dropout}, run ${run + 1}`,
          `dropout ${dropout}，第 ${run + 1} 次`,
        );
        const owner = new Owner();
        try {
          const rng = new Rng(weights);
          const positional = sinusoidal({ dModel: SIZES.dModel });
          const dropouts = { dropout, embeddingDropout: dropout };
          const parts = { ...SIZES, ...dropouts, layers: 2, init: xavierUniform(rng) };
          const model = owner.own(smallDecoder({ ...parts, positional, rng }));
          const drawing = new Rng(texts + 2 + run);
          yield* train(
            {
              ...{ model, steps: 2 * steps, maxNorm: 1, schedule: constant({ rate: 0.005 }) },
              loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
              batch: (): [Tensor2D] => {
                const chosen = Int32Array.from({ length: BATCH }, () => drawing.integer(FEW));
                return [rowsTensor(takeRows(few, chosen))];
              },
            },
            meter,
          );
          const known = await lossOf(model, few);
          const [unknown, again] = [await lossOf(model, tested), await lossOf(model, tested)];
          model.train();
          const leftOn: number[] = [];
          for (let n = 0; n < READINGS; n++) leftOn.push(await lossOf(model, tested));
          model.eval();
          found.push({ known, unknown, again, leftOn });
        } finally {
          owner.dispose();
        }
      }
      dropped.push({ dropout, runs: found });
    }
    return learningRateResults({ warmed, dropped, best });
  },

  plots: ({ series }) => {
    const names = (prefix: string) =>
      series.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name);
    const loss = { label: text("loss in nats a word", "损失（奈特/词）") };
    const step = { label: text("step", "步") };
    return [
      {
        ...{ kind: "lines", name: "noam", series: names("noam-"), x: step },
        title: text("The paper's schedule", "论文中的学习率"),
        y: { label: text("learning rate", "学习率") },
      },
      {
        ...{ kind: "lines", name: "peaks", series: names("end-"), marked: true, y: loss },
        title: text("Loss on new texts by the peak rate", "不同峰值学习率下新文本的损失"),
        x: { label: text("peak learning rate", "峰值学习率"), log: true },
      },
      {
        ...{ kind: "lines", name: "training", series: names("curve-"), x: step, y: loss },
        title: text("Training", "训练"),
      },
      {
        ...{ kind: "bars", name: "dropout", series: ["known", "unknown", "left-on"], y: loss },
        title: text("Dropout, trained on few texts", "Dropout，用少量文本训练"),
        categories: DROPOUTS.map((rate) => text(`dropout ${rate}`, `dropout ${rate}`)),
      },
    ];
  },

  code: `import { randomNormal, sub, max, abs, type Tensor3D } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { Decoder, standardBlock } from "@tx/model";
import { noam } from "@tx/schedule";

await useBackend("simd");
const rate = noam({ dModel: 512, warmupSteps: 4000 });
console.log([1, 1000, 4000, 16000].map((step) => rate(step).toExponential(2)).join(" "));
const decoder = new Decoder({ blocks: [standardBlock({ dModel: 16, heads: 2, dropout: 0.1, rng: new Rng(1) })] });
const x: Tensor3D = randomNormal([1, 5, 16], 0, 1, "float32", 1);
for (const training of [true, false]) {
  decoder.train(training); // dropout is on in training only
  console.log(training, max(abs(sub(decoder.forward(x), decoder.forward(x)))).dataSync()[0]);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "5.3 and 5.4", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Xiong et al.",
      title: "On Layer Normalization in the Transformer Architecture",
      ...{ year: 2020, section: "3", url: "https://arxiv.org/abs/2002.04745" },
    },
    {
      authors: "Srivastava et al.",
      title: "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
      ...{ year: 2014, url: "https://jmlr.org/papers/v15/srivastava14a.html" },
    },
  ],
};

/** Mean loss of each next token, as the model stands: in eval or with dropout on. */
async function lossOf(model: CausalLanguageModel, rows: IntRows): Promise<number> {
  return mean(await lossesOf((ids) => model.forward(ids), rows));
}
