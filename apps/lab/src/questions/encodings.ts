import type { Tensor2D } from "@tensorflow/tfjs-core";
import { countParameters, Module, Rng } from "@tx/core";
import { cosine } from "@tx/schedule";
import {
  type Experiment,
  type Plot,
  type Progress,
  type Results,
  type Text,
  text,
} from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { numberOf } from "../experiment/values";
import { Chain } from "../measures/chain";
import { excessOfLast, learnChain } from "../measures/chain-lesson";
import { Meter } from "../measures/meter";
import { smallDecoder } from "../measures/small-decoder";
import { type Family, type StrategySizes, strategies } from "../measures/strategies";
import { runsParameter } from "../measures/training-parameters";
import { FACTORS, Gathered } from "./encodings-measured";
import { excessOf, inSegments, lastPart, stretch } from "./encodings-reading";
import { encodingResults } from "./encodings-results";

/** Few, so that which two tokens came before is learned in some hundred steps. */
const VOCABULARY = 4;
const SIZES = { dModel: 32, heads: 4, headDim: 8, layers: 2 };
const BATCH = 16;
/** Texts that are measured. */
const TESTED = 32;
export const encodings: Experiment = {
  id: "encodings",
  question: 10,
  parameters: [
    {
      ...{ kind: "number", name: "length", min: 8, max: 64, step: 8, default: 24 },
      label: text("tokens of a text of training", "训练文本的词元数"),
    },
    {
      ...{ kind: "number", name: "lag", min: 2, max: 8, step: 1, default: 2 },
      label: text(
        "the next token depends on the last one and the one so many places back",
        "下一个词元取决于上一个词元和这么多位之前的词元",
      ),
    },
    {
      ...{ kind: "number", name: "steps", min: 2, max: 3000, step: 10, default: 300, log: true },
      label: text("steps of training of each", "每种编码的训练步数"),
    },
    runsParameter(3),
  ],
  smallest: { length: 8, lag: 2, steps: 2, runs: 1 },
  seconds: 150,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [length, lag, steps, runs] = ["length", "lag", "steps", "runs"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number, number];
    const seeds = new Rng(seed);
    const lags = [1, lag];
    const chain = new Chain({ vocabSize: VOCABULARY, lags, rng: new Rng(seeds.nextSeed()) });
    const rows = chain.rows(TESTED, FACTORS[2] * length + 1, new Rng(seeds.nextSeed()));
    // Run n of all has the same first weights, as far as they have the same, and the same texts.
    const eachRun = Array.from({ length: runs }, () => ({
      weights: seeds.nextSeed(),
      texts: seeds.nextSeed(),
    }));
    const meter = new Meter(strategies.length * runs * steps);
    const measured = new Gathered();
    for (const strategy of strategies) {
      for (const [run, { weights, texts }] of eachRun.entries()) {
        meter.note = text(
          `training: ${strategy.label.en}, run ${run + 1}`,
          `正在训练：${strategy.label.zh}，第 ${run + 1} 次`,
        );
        const owner = new Owner();
        try {
          const rng = new Rng(weights);
          const sizes: StrategySizes = { ...SIZES, length, rng };
          const positional = strategy.make(sizes);
          const parts = { ...SIZES, vocabSize: VOCABULARY, positional, rng };
          const model = owner.own(smallDecoder(parts));
          const { milliseconds } = yield* learnChain(
            {
              ...{ model, chain, steps, length, batch: BATCH, seed: texts, maxNorm: 1 },
              schedule: cosine({
                peak: 0.01,
                warmupSteps: Math.min(10, steps - 1),
                totalSteps: steps,
              }),
            },
            meter,
          );
          const parameters = positional instanceof Module ? countParameters(positional) : 0;
          const of = { family: strategy.family, parameters };
          const straight = (ids: Tensor2D) => model.forward(ids);
          const reach = Math.min(rows.shape[1] - 1, positional.maxLen ?? Infinity);
          const excess = await excessOf(straight, rows, reach, lags);
          const at = FACTORS.map((factor) => lastPart(excess, factor, length));
          const { name, label } = strategy;
          measured.add({ ...of, name, label }, { milliseconds, excess, at });
          yield* meter.did(0);
          for (const stretched of strategy.stretched ?? []) {
            const told = { sizes, rows, lags };
            measured.add({ ...of, ...stretched }, await stretch(model, stretched, told));
            yield* meter.did(0);
          }
          if (strategy.remembers) {
            const forward = (ids: Tensor2D) => inSegments(model, ids, length);
            const further = await excessOf(forward, rows, rows.shape[1] - 1, lags);
            const parts = FACTORS.map((factor) => lastPart(further, factor, length));
            measured.add({ ...of, ...withMemory(strategy) }, { excess: further, at: parts });
          }
        } finally {
          owner.dispose();
        }
      }
    }
    return encodingResults({ measured: measured.all, length, lastAlone: excessOfLast(rows, lags) });
  },

  plots: ({ series }) => {
    const above = {
      label: text("nats a token above the best possible", "高出理论最优的损失（奈特/词元）"),
      log: true,
    };
    const pictures: Plot[] = [];
    for (const [family, title] of Object.entries(families)) {
      const known = strategies.flatMap(withVariants).filter((one) => one.family === family);
      const names = known.map(({ name }) => name);
      pictures.push(
        {
          ...{ kind: "bars", name: `lengths-${family}`, y: above },
          title: text(
            `${title.en}: trained short, read long`,
            `${title.zh}：短文本训练，长文本测试`,
          ),
          categories: known.map(({ label }) => label),
          series: FACTORS.map((factor) => `at-${factor}-${family}`),
        },
        {
          ...{ kind: "lines", name: `places-${family}`, y: above },
          title: text(`${title.en}: by place in the text`, `${title.zh}：按在文本中的位置`),
          x: { label: text("place in the text", "在文本中的位置") },
          series: names.filter((name) => series.some((one) => one.name === name)),
        },
      );
    }
    return pictures;
  },

  code: `import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { generate, gpt } from "@tx/model";
import { alibi, learned, rope } from "@tx/positional";

await useBackend("simd");
const sizes = { vocabSize: 8, maxLen: 64, layers: 2, heads: 4, dModel: 32 };
const rng = new Rng(1);
for (const positional of [alibi(), rope({ headDim: 8 }), learned({ maxLen: 64, dModel: 32, rng })]) {
  const model = gpt({ ...sizes, positional, rng }); // one line changes the strategy
  const ids = await generate(model, [1, 2, 3], { maxNewTokens: 5, rng });
  console.log(positional.kind, ids, JSON.stringify(positional));
  model.dispose();
}`,
  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.5", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Shaw, Uszkoreit, Vaswani",
      title: "Self-Attention with Relative Position Representations",
      ...{ year: 2018, section: "3", url: "https://arxiv.org/abs/1803.02155" },
    },
    {
      ...{ authors: "Dai et al.", title: "Transformer-XL", year: 2019 },
      ...{ section: "3", url: "https://arxiv.org/abs/1901.02860" },
    },
    {
      authors: "Press, Smith, Lewis",
      title:
        "Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation",
      ...{ year: 2022, section: "2 and 3", url: "https://arxiv.org/abs/2108.12409" },
    },
    {
      authors: "Su et al.",
      title: "RoFormer: Enhanced Transformer with Rotary Position Embedding",
      ...{ year: 2021, section: "3", url: "https://arxiv.org/abs/2104.09864" },
    },
    {
      authors: "Kazemnejad et al.",
      title: "The Impact of Positional Encoding on Length Generalization in Transformers",
      ...{ year: 2023, url: "https://arxiv.org/abs/2305.19466" },
    },
  ],
};

const families: Readonly<Record<Family, Text>> = {
  embeddings: text("Added to embeddings, or nothing", "加在嵌入上，或什么都不加"),
  rotation: text("Queries and keys turned", "旋转查询与键"),
  bias: text("A bias on the scores", "给分数加偏置"),
  scores: text("The scores worked out anew", "重新计算分数"),
};

function withVariants(strategy: (typeof strategies)[number]) {
  const { name, label, family, stretched = [], remembers } = strategy;
  const memory = remembers ? [withMemory(strategy)] : [];
  return [{ name, label }, ...stretched, ...memory].map((one) => ({
    ...{ name: one.name, label: one.label, family },
  }));
}

const withMemory = ({ name, label }: { name: string; label: Text }) => ({
  name: `${name}-memory`,
  label: text(`${label.en} with memory`, `${label.zh} 带记忆`),
});
