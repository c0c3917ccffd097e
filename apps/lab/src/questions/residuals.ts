import { dispose, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { Module, Rng, xavierUniform } from "@tx/core";
import type { CausalLanguageModel, Norm, ResidualPolicy } from "@tx/model";
import { rope } from "@tx/positional";
import { cosine } from "@tx/schedule";
import { causalLoss, type IntRows, rowsTensor } from "@tx/training";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { Chain } from "../measures/chain";
import { bestOf, learnChain } from "../measures/chain-lesson";
import { seriesOfRuns } from "../measures/curves";
import { layerGradients } from "../measures/layer-gradients";
import { likeness } from "../measures/likeness";
import { Meter } from "../measures/meter";
import { smallDecoder } from "../measures/small-decoder";
import { residualFindings, type Stream } from "./residuals-findings";

const SIZES = { vocabSize: 8, dModel: 32, heads: 4 };
const [BATCH, LENGTH] = [8, 24];

/** In the place of a norm: nothing. */
class Nothing extends Module {
  forward<T extends Tensor>(x: T): T {
    return x;
  }
}

const nothing = (): Norm => new Nothing();

interface Way {
  readonly name: string;
  readonly label: { readonly en: string; readonly zh: string };
  readonly residual: ResidualPolicy;
  readonly norm?: () => Norm;
}

const ways: readonly Way[] = [
  {
    ...{ name: "pre", residual: "preNorm" },
    label: text("x + F(norm(x))", "x + F(norm(x))"),
  },
  {
    ...{ name: "post", residual: "postNorm" },
    label: text("norm(x + F(x))", "norm(x + F(x))"),
  },
  {
    ...{ name: "no-norm", residual: "preNorm", norm: nothing },
    label: text("x + F(x), no norm", "x + F(x)，无归一化"),
  },
  {
    ...{ name: "no-residual", residual: "noResidual" },
    label: text("F(norm(x)), no residual", "F(norm(x))，无残差"),
  },
  {
    ...{ name: "neither", residual: "noResidual", norm: nothing },
    label: text("F(x), neither", "F(x)，两者皆无"),
  },
];

export const residuals: Experiment = {
  id: "residuals",
  question: 11,
  parameters: [
    {
      ...{ kind: "number", name: "layers", min: 2, max: 32, step: 1, default: 10 },
      label: text("layers", "层数"),
    },
    {
      ...{ kind: "number", name: "draws", min: 1, max: 20, step: 1, default: 5 },
      label: text("draws of first weights", "初始权重的抽样次数"),
    },
    {
      ...{ kind: "number", name: "steps", min: 2, max: 2000, step: 10, default: 150, log: true },
      label: text("steps of training of each", "每种结构的训练步数"),
    },
  ],
  smallest: { layers: 3, draws: 2, steps: 3 },
  seconds: 45,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [layers, draws, steps] = ["layers", "draws", "steps"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number];
    const seeds = new Rng(seed);
    const { vocabSize } = SIZES;
    const chain = new Chain({ vocabSize, lags: [1, 2], rng: new Rng(seeds.nextSeed()) });
    const firstWeights = Array.from({ length: draws }, () => seeds.nextSeed());
    const texts = seeds.nextSeed();
    const meter = new Meter(ways.length * (draws + steps));
    const streams: Stream[] = [];
    for (const { name, label, ...structure } of ways) {
      meter.note = label;
      const gradients: number[][] = [];
      const likenesses: number[][] = [];
      const owner = new Owner();
      try {
        const made = (weights: number) => {
          const rng = new Rng(weights);
          const positional = rope({ headDim: SIZES.dModel / SIZES.heads });
          const parts = { ...SIZES, ...structure, layers, positional, init: xavierUniform(rng) };
          return owner.own(smallDecoder({ ...parts, rng }));
        };
        for (const [draw, weights] of firstWeights.entries()) {
          const model = made(weights);
          const rows = chain.rows(BATCH, LENGTH + 1, new Rng(texts + draw));
          gradients.push(await gradientsOf(model, rows));
          likenesses.push(await likenessByDepth(model, rows));
          yield* meter.did();
        }
        const model = made(firstWeights[0]!);
        const { excess } = yield* learnChain(
          {
            ...{ model, chain, steps, batch: BATCH, length: LENGTH, seed: texts, maxNorm: 1 },
            schedule: cosine({
              peak: 0.004,
              warmupSteps: Math.min(10, steps - 1),
              totalSteps: steps,
            }),
          },
          meter,
        );
        streams.push({ name, label, gradients, likenesses, excess });
      } finally {
        owner.dispose();
      }
    }
    const rows = chain.rows(64, LENGTH + 1, new Rng(texts - 1));
    return resultsOf(streams, Math.log(vocabSize) - bestOf(rows));
  },

  plots: () => {
    const layer = { label: text("layer, from the input", "层（从输入起）") };
    const series = (what: string) => ways.map(({ name }) => `${what}-${name}`);
    return [
      {
        ...{ kind: "lines", name: "gradients", marked: true, x: layer, series: series("gradient") },
        title: text("Gradient by depth, before training", "训练前各层的梯度"),
        y: { label: text("norm of the layer's gradient", "该层梯度的范数"), log: true },
      },
      {
        ...{ kind: "lines", name: "likeness", marked: true, x: layer, series: series("likeness") },
        title: text("How alike tokens become", "词元变得多相似"),
        y: { label: text("mean cosine of two tokens", "两个词元的平均余弦") },
      },
      {
        ...{ kind: "lines", name: "training", series: series("loss") },
        title: text("Training", "训练"),
        x: { label: text("step", "步") },
        y: {
          label: text("nats a token above the best possible", "高出理论最优的损失（奈特/词元）"),
          log: true,
        },
      },
    ];
  },

  code: `import { tensor2d, type Tensor2D } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { Decoder, Embeddings, standardBlock } from "@tx/model";
import { causalLoss, globalNorm, valueAndGradients } from "@tx/training";

await useBackend("simd");
for (const residual of ["preNorm", "postNorm", "noResidual"] as const) {
  const rng = new Rng(1);
  const embedding = new Embeddings({ vocabSize: 8, dModel: 32, rng });
  const blocks = Array.from({ length: 12 }, () => standardBlock({ dModel: 32, heads: 4, residual, rng }));
  const decoder = new Decoder({ blocks });
  const tokens = tensor2d([[1, 5, 2, 7, 3, 6, 4]], undefined, "int32");
  const loss = () => causalLoss((ids: Tensor2D) => decoder.forward(embedding.forward(ids)), tokens);
  const { gradients } = valueAndGradients(loss, blocks[0]!.parameters());
  console.log(residual, "gradient of the first layer:", globalNorm(gradients).dataSync()[0]);
}`,

  references: [
    {
      authors: "He et al.",
      title: "Deep Residual Learning for Image Recognition",
      ...{ year: 2016, section: "3", url: "https://arxiv.org/abs/1512.03385" },
    },
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.1", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Dong, Cordonnier, Loukas",
      title:
        "Attention is Not All You Need: Pure Attention Loses Rank Doubly Exponentially with Depth",
      ...{ year: 2021, url: "https://arxiv.org/abs/2103.03404" },
    },
  ],
};

async function gradientsOf(model: CausalLanguageModel, rows: IntRows): Promise<number[]> {
  const tokens = rowsTensor(rows);
  try {
    return await layerGradients(model, () => causalLoss((ids) => model.forward(ids), tokens));
  } finally {
    tokens.dispose();
  }
}

/** As tokens enter the first layer, and as they leave each. */
async function likenessByDepth(model: CausalLanguageModel, rows: IntRows): Promise<number[]> {
  const ids = rowsTensor(rows);
  const hidden: Tensor3D[] = [];
  try {
    model.forward(ids, undefined, undefined, { hidden }).dispose();
    const found: number[] = [];
    for (const stream of hidden) found.push(await likeness(stream));
    return found;
  } finally {
    dispose([ids, ...hidden]);
  }
}

function resultsOf(streams: readonly Stream[], even: number): Results {
  const curves = (
    what: "gradient" | "likeness",
    from: number,
    of: (stream: Stream) => number[][],
  ) =>
    streams.map((stream) => {
      const series = seriesOfRuns(
        { name: `${what}-${stream.name}`, label: stream.label },
        of(stream),
        99,
      );
      return { ...series, x: series.x.map((n) => n - 1 + from) };
    });
  // A logarithm knows no zero: a gradient that has vanished altogether has no point.
  const seen = (norms: readonly number[]) => norms.map((norm) => (norm > 0 ? norm : Number.NaN));
  return {
    numbers: streams.flatMap(({ name, label, gradients, likenesses, excess }) => [
      {
        name: `first-${name}`,
        label: text(`${label.en}: gradient of the first layer`, `${label.zh}：第一层的梯度`),
        value: mean(gradients.map((norms) => norms[0]!)),
      },
      {
        name: `last-${name}`,
        label: text(`${label.en}: gradient of the last layer`, `${label.zh}：最后一层的梯度`),
        value: mean(gradients.map((norms) => norms[norms.length - 1]!)),
      },
      {
        name: `likeness-${name}`,
        label: text(`${label.en}: cosine after the last layer`, `${label.zh}：最后一层之后的余弦`),
        value: mean(likenesses.map((one) => one[one.length - 1]!)),
      },
      {
        name: `loss-${name}`,
        label: text(`${label.en}: excess loss at the end`, `${label.zh}：最终的超出损失`),
        ...{ value: mean(excess.slice(-10)), unit: "nat" },
      },
    ]),
    series: [
      ...curves("gradient", 1, ({ gradients }) => gradients.map(seen)),
      ...curves("likeness", 0, ({ likenesses }) => likenesses as number[][]),
      ...streams.map(({ name, label, excess }) => {
        const curve = seriesOfRuns({ name: `loss-${name}`, label }, [excess]);
        return { ...curve, y: curve.y.map((one) => (one !== null && one > 0 ? one : null)) };
      }),
    ],
    findings: residualFindings(streams, even),
  };
}
