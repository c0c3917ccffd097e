import { concat, slice, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { countParameters, Module, Rng } from "@tx/core";
import { CausalLanguageModel, Decoder } from "@tx/model";
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
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { Chain, type ChainRows } from "../measures/chain";
import { learnChain } from "../measures/chain-lesson";
import { columnMeans, lossesOf } from "../measures/losses";
import { Meter } from "../measures/meter";
import { smallDecoder } from "../measures/small-decoder";
import {
  type Family,
  type StrategySizes,
  type Stretched,
  strategies,
} from "../measures/strategies";
import { encodingResults, FACTORS, type Measured } from "./encodings-results";

const VOCABULARY = 8;
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
      ...{ kind: "number", name: "lag", min: 2, max: 8, step: 1, default: 3 },
      label: text(
        "the next token depends on the last one and the one so many places back",
        "下一个词元取决于上一个词元和这么多位之前的词元",
      ),
    },
    {
      ...{ kind: "number", name: "steps", min: 2, max: 3000, step: 10, default: 160, log: true },
      label: text("steps of training of each", "每种编码的训练步数"),
    },
  ],
  smallest: { length: 8, lag: 2, steps: 2 },
  seconds: 60,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const length = numberOf(values, "length");
    const steps = numberOf(values, "steps");
    const seeds = new Rng(seed);
    const lags = [1, numberOf(values, "lag")];
    const chain = new Chain({ vocabSize: VOCABULARY, lags, rng: new Rng(seeds.nextSeed()) });
    const rows = chain.rows(TESTED, FACTORS[2] * length + 1, new Rng(seeds.nextSeed()));
    const weights = seeds.nextSeed();
    const texts = seeds.nextSeed();
    const meter = new Meter(strategies.length * steps);
    const measured: Measured[] = [];
    for (const strategy of strategies) {
      meter.note = text(`training: ${strategy.label.en}`, `正在训练：${strategy.label.zh}`);
      const owner = new Owner();
      try {
        const rng = new Rng(weights);
        const sizes: StrategySizes = { ...SIZES, length, rng };
        const positional = strategy.make(sizes);
        const model = owner.own(smallDecoder({ ...SIZES, vocabSize: VOCABULARY, positional, rng }));
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
        const { label, family, name } = strategy;
        const of = { family, parameters };
        const straight = (ids: Tensor2D) => model.forward(ids);
        const reach = Math.min(rows.shape[1] - 1, positional.maxLen ?? Infinity);
        const excess = await excessOf(straight, rows, reach, lags);
        const at = FACTORS.map((factor) => lastPart(excess, factor, length));
        measured.push({ ...of, name, label, milliseconds, excess, at });
        yield* meter.did(0);
        for (const stretched of strategy.stretched ?? []) {
          measured.push({ ...of, ...(await stretch(model, stretched, { sizes, rows, lags })) });
          yield* meter.did(0);
        }
        if (strategy.remembers) {
          const forward = (ids: Tensor2D) => inSegments(model, ids, length);
          const further = await excessOf(forward, rows, rows.shape[1] - 1, lags);
          const labelled = {
            name: `${name}-memory`,
            label: text(`${label.en} with memory`, `${label.zh} 带记忆`),
          };
          const parts = FACTORS.map((factor) => lastPart(further, factor, length));
          measured.push({ ...of, ...labelled, excess: further, at: parts });
        }
      } finally {
        owner.dispose();
      }
    }
    return encodingResults(measured, length);
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
  const memory = {
    name: `${name}-memory`,
    label: text(`${label.en} with memory`, `${label.zh} 带记忆`),
  };
  return [{ name, label }, ...stretched, ...(remembers ? [memory] : [])].map((one) => ({
    ...{ name: one.name, label: one.label, family },
  }));
}

/** How much more a model loses than the chain itself, by place; the first tokens have no reason. */
async function excessOf(
  forward: (ids: Tensor2D) => Tensor3D,
  { values, nats, shape: [count, columns] }: ChainRows,
  reach: number,
  lags: readonly number[],
): Promise<number[]> {
  // The first tokens of each row, as many as can be read and one that is asked for.
  const isRead = (_: number, n: number) => n % columns <= reach;
  const shape = [count, reach + 1] as const;
  const losses = await lossesOf(forward, { values: values.filter(isRead), shape });
  const best = columnMeans(nats.filter(isRead), shape).slice(1);
  const first = Math.max(...lags) - 1;
  return losses.map((loss, place) => (place < first ? Number.NaN : loss - best[place]!));
}

/** Over the last trained length of a text; undefined if it is longer than can be read. */
function lastPart(excess: readonly number[], factor: number, length: number): number | undefined {
  if (excess.length < factor * length) return undefined;
  const part = excess.slice((factor - 1) * length, factor * length);
  return mean(part.filter(Number.isFinite));
}

async function stretch(
  model: CausalLanguageModel,
  { name, label, make }: Stretched,
  told: { sizes: StrategySizes; rows: ChainRows; lags: readonly number[] },
) {
  const { sizes, rows, lags } = told;
  const at: (number | undefined)[] = [];
  let excess: number[] = [];
  for (const factor of FACTORS) {
    const reach = factor * sizes.length;
    const positional = make(model.positional!, reach, sizes);
    try {
      const { blocks, norm } = model.decoder;
      const decoder = new Decoder({ blocks, norm, positional });
      const { embedding, head } = model;
      const other = new CausalLanguageModel({ embedding, head, decoder }, undefined);
      excess = await excessOf((ids) => other.forward(ids), rows, reach, lags);
      at.push(lastPart(excess, factor, sizes.length));
    } finally {
      if (positional instanceof Module) positional.dispose();
    }
  }
  return { name, label, excess, at };
}

/** Logits of a long text that is read in segments of the trained length, as Transformer-XL does. */
function inSegments(model: CausalLanguageModel, ids: Tensor2D, length: number): Tensor3D {
  return tidy(() => {
    const [batch, all] = ids.shape;
    const parts: Tensor3D[] = [];
    let memory: Tensor3D[] | undefined;
    for (let start = 0; start < all; start += length) {
      const segment = slice(ids, [0, start], [batch, Math.min(length, all - start)]);
      const made = model.forwardSegment(segment, memory);
      parts.push(made.logits);
      memory = [...made.memory];
    }
    return concat(parts, 1);
  });
}
