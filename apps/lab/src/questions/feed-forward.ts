import {
  abs,
  max,
  randomNormal,
  reverse,
  slice,
  sub,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { countParameters, type Module, Rng, withoutValues, xavierUniform } from "@tx/core";
import { FeedForward } from "@tx/ffn";
import {
  bert,
  bertSizes,
  gpt,
  gptSizes,
  llama,
  llamaSizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "@tx/model";
import { rope } from "@tx/positional";
import { cosine } from "@tx/schedule";
import {
  type Experiment,
  type Progress,
  type Results,
  type Text,
  text,
} from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { numberOf } from "../experiment/values";
import { Chain } from "../measures/chain";
import { excessOn, learnChain } from "../measures/chain-lesson";
import { feedForwardWays, lossWithExperts } from "../measures/feed-forwards";
import { Meter } from "../measures/meter";
import { smallDecoder } from "../measures/small-decoder";
import { feedForwardResults, type Known, type Learned, type Shared } from "./feed-forward-results";

const SIZES = { vocabSize: 8, dModel: 32, heads: 4, layers: 2 };
const [D_FF, BATCH, LENGTH, TESTED] = [128, 16, 24, 64];
/** Lengths that parameters are counted for. */
const LENGTHS = [8, 32, 128, 512];

export const feedForward: Experiment = {
  id: "feed-forward",
  question: 13,
  parameters: [
    {
      ...{ kind: "number", name: "steps", min: 2, max: 3000, step: 10, default: 200, log: true },
      label: text("steps of training of each", "每种前馈层的训练步数"),
    },
    {
      ...{ kind: "number", name: "runs", min: 1, max: 10, step: 1, default: 3 },
      label: text("runs of each, with other first weights", "每种的运行次数（初始权重不同）"),
    },
  ],
  smallest: { steps: 2, runs: 1 },
  seconds: 65,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [steps, runs] = [numberOf(values, "steps"), numberOf(values, "runs")];
    const seeds = new Rng(seed);
    const chain = new Chain({ ...SIZES, lags: [1, 2], rng: new Rng(seeds.nextSeed()) });
    const tested = chain.rows(TESTED, LENGTH + 1, new Rng(seeds.nextSeed()));
    const eachRun = Array.from({ length: runs }, () => [seeds.nextSeed(), seeds.nextSeed()]);
    const meter = new Meter(feedForwardWays.length * runs * steps);
    const learned: Learned[] = [];
    for (const { name, label, parts } of feedForwardWays) {
      meter.note = label;
      const excess: number[] = [];
      let [own, all] = [0, 0];
      for (const [weights, texts] of eachRun as [number, number][]) {
        const owner = new Owner();
        try {
          const rng = new Rng(weights);
          const init = xavierUniform(rng);
          const way = parts({ dModel: SIZES.dModel, dFF: D_FF, seq: LENGTH, init, rng });
          const positional = rope({ headDim: SIZES.dModel / SIZES.heads });
          const model = owner.own(smallDecoder({ ...SIZES, ...way, positional, init, rng }));
          yield* learnChain(
            {
              ...{ model, chain, steps, batch: BATCH, length: LENGTH, seed: texts, maxNorm: 1 },
              loss: (tokens) => lossWithExperts(model, tokens),
              schedule: cosine({
                peak: 0.01,
                warmupSteps: Math.min(10, steps - 1),
                totalSteps: steps,
              }),
            },
            meter,
          );
          excess.push(await excessOn(model, tested));
          [own, all] = parametersOf(model);
        } finally {
          owner.dispose();
        }
      }
      learned.push({ name, label, excess, own, all });
    }
    const shared = await sharedOf(new Rng(seeds.nextSeed()));
    return feedForwardResults({ learned, shared, known: knownModels() });
  },

  plots: ({ series }) => {
    const known = series.find(({ name }) => name === "known");
    return [
      {
        ...{ kind: "bars", name: "loss", series: ["excess"] },
        title: text("Loss of each sort", "各种前馈层的损失"),
        categories: feedForwardWays.map(({ label }) => label),
        y: {
          label: text("nats a token above the best possible", "高出理论最优的损失（奈特/词元）"),
        },
      },
      {
        ...{ kind: "bars", name: "share", series: known ? ["known"] : [] },
        title: text("Share of all parameters that feed-forwards have", "前馈层占全部参数的比例"),
        categories: knownNames,
        y: { label: text("share", "比例"), from: 0, to: 1 },
      },
      {
        ...{ kind: "lines", name: "lengths", series: ["shared", "unshared"], marked: true },
        title: text(
          "Parameters of a feed-forward by the length of the text",
          "前馈层参数量与文本长度",
        ),
        x: { label: text("tokens of a text", "文本的词元数"), log: true },
        y: { label: text("parameters", "参数量"), log: true },
      },
    ];
  },

  code: `import { randomNormal, reverse, sub, max, abs, type Tensor3D } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { countParameters, Rng } from "@tx/core";
import { FeedForward, GatedFeedForward } from "@tx/ffn";

await useBackend("simd");
const rng = new Rng(1);
const x: Tensor3D = randomNormal([1, 7, 32], 0, 1, "float32", 1); // [batch, seq, dModel]
for (const part of [new FeedForward({ dModel: 32, rng }), new GatedFeedForward({ dModel: 32, rng })]) {
  // Places in reverse order give the outputs in reverse order: no place has weights of its own.
  const change = max(abs(sub(reverse(part.forward(x), 1), part.forward(reverse(x, 1)))));
  console.log(countParameters(part), change.dataSync()[0]);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.3", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      ...{ authors: "Shazeer", title: "GLU Variants Improve Transformer", year: 2020 },
      url: "https://arxiv.org/abs/2002.05202",
    },
    {
      authors: "Hendrycks, Gimpel",
      ...{ title: "Gaussian Error Linear Units (GELUs)", year: 2016 },
      url: "https://arxiv.org/abs/1606.08415",
    },
    {
      authors: "Fedus, Zoph, Shazeer",
      title:
        "Switch Transformers: Scaling to Trillion Parameter Models with Simple and Efficient Sparsity",
      ...{ year: 2021, section: "2", url: "https://arxiv.org/abs/2101.03961" },
    },
  ],
};

/** Parameters of the feed-forwards of a model, and all of it. */
function parametersOf(model: Module): [feedForwards: number, all: number] {
  const parameters = [...model.parameters()];
  const own = parameters.filter(([path]) => path.includes(".feedForward."));
  const sum = (of: typeof parameters) => of.reduce((total, [, { size }]) => total + size, 0);
  return [sum(own), sum(parameters)];
}

const knownNames: readonly Text[] = ["Transformer base", "BERT base", "GPT-2", "Llama 2 7B"].map(
  (name) => text(name, name),
);

/** Published sizes, counted without their weights. */
function knownModels(): Known[] {
  const rng = new Rng(1);
  const makers = [
    () => vanillaTransformer({ ...vanillaTransformerSizes.base, rng }),
    () => bert({ ...bertSizes.base, rng }),
    () => gpt({ ...gptSizes.gpt2, rng }),
    () => llama({ ...llamaSizes["llama-2-7b"], rng }),
  ];
  return makers.map((make, n) => {
    const model: Module = withoutValues<Module>(make);
    const [own, all] = parametersOf(model);
    model.dispose();
    return { label: knownNames[n]!, own, all };
  });
}

/** Whether places share their weights: numbers that a feed-forward of its own a place could not have. */
async function sharedOf(rng: Rng): Promise<Shared> {
  const { dModel } = SIZES;
  const owner = new Owner();
  try {
    const init = xavierUniform(rng);
    const [part, other] = [0, 1].map(() =>
      owner.own(new FeedForward({ dModel, dFF: D_FF, init, rng })),
    ) as [FeedForward, FeedForward];
    const x = owner.own<Tensor3D>(randomNormal([2, 7, dModel], 0, 1, "float32", rng.nextSeed()));
    const [reversed, alone, layers] = tidy(() => {
      const y = part.forward(x);
      const third = [0, 3, 0];
      return [
        max(abs(sub(reverse(y, 1), part.forward(reverse(x, 1))))),
        max(
          abs(sub(slice(y, third, [2, 1, dModel]), part.forward(slice(x, third, [2, 1, dModel])))),
        ),
        max(abs(sub(y, other.forward(x)))),
      ].map((difference) => owner.own(difference));
    });
    const numbers: number[] = [];
    for (const difference of [reversed!, alone!, layers!]) {
      numbers.push((await difference.data())[0]!);
    }
    const one = countParameters(part);
    const [byOrder, byNeighbours, byLayer] = numbers as [number, number, number];
    return { byOrder, byNeighbours, byLayer, lengths: LENGTHS, parameters: one };
  } finally {
    owner.dispose();
  }
}
