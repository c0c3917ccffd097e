import {
  concat,
  dispose,
  fill,
  reverse,
  slice,
  type Tensor2D,
  type Tensor4D,
  tidy,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type EncoderDecoderModel, generateBatch, vanillaTransformer } from "@tx/model";
import { cosine } from "@tx/schedule";
import { type IntRows, rowsTensor, seq2seqLoss, softmaxCrossEntropy } from "@tx/training";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { numberOf } from "../experiment/values";
import { Meter } from "../measures/meter";
import { train } from "../measures/train";
import { bothLanguages, START, type Task, type Translation, tasks } from "../measures/translation";
import { crossAttentionResults, type Memories } from "./cross-attention-results";

const SIZES = { vocabSize: bothLanguages.length, dModel: 32, heads: 4, dFF: 64 };
const [BATCH, TESTED] = [32, 64];

export const crossAttention: Experiment = {
  id: "cross-attention",
  question: 14,
  parameters: [
    {
      ...{ kind: "choice", name: "task", default: "numbers", label: text("task", "任务") },
      choices: tasks.map(({ name, label }) => ({ value: name, label })),
    },
    {
      ...{ kind: "number", name: "digits", min: 2, max: 12, step: 2, default: 6 },
      label: text("digits of a source", "源序列的数字个数"),
    },
    {
      ...{ kind: "number", name: "layers", min: 1, max: 4, step: 1, default: 1 },
      label: text("layers of encoder and of decoder", "编码器和解码器的层数"),
    },
    {
      ...{ kind: "number", name: "steps", min: 2, max: 5000, step: 10, default: 600, log: true },
      label: text("steps of training", "训练步数"),
    },
  ],
  smallest: { task: "copy", digits: 4, layers: 1, steps: 10 },
  seconds: 25,

  async *run(values, { seed, signal }): AsyncGenerator<Progress, Results, void> {
    const [length, layers, steps] = ["digits", "layers", "steps"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number];
    // A number of two digits needs both.
    const digits = 2 * Math.ceil(length / 2);
    const task = tasks.find(({ name }) => name === values.task)!;
    const seeds = new Rng(seed);
    const reading = new Rng(seeds.nextSeed());
    const tested = translations(task, { count: TESTED, digits, rng: new Rng(seeds.nextSeed()) });
    const owner = new Owner();
    try {
      const rng = new Rng(seeds.nextSeed());
      const model = owner.own(vanillaTransformer({ ...SIZES, layers, dropout: 0, rng }));
      const { losses } = yield* train(
        {
          ...{ model, steps, maxNorm: 1 },
          loss: (source: Tensor2D, target: Tensor2D) =>
            seq2seqLoss((...read) => model.forward(...read), source, target, { startToken: START }),
          batch: (): [Tensor2D, Tensor2D] => {
            const { source, target } = translations(task, { count: BATCH, digits, rng: reading });
            return [rowsTensor(source), rowsTensor(target)];
          },
          schedule: cosine({ peak: 0.005, warmupSteps: Math.ceil(steps / 10), totalSteps: steps }),
        },
        new Meter(steps),
      );
      const translated = await translate(model, tested.pairs, signal);
      const memories = await memoriesOf(model, tested);
      const maps = await mapsOf(model, tested);
      return crossAttentionResults({ losses, pairs: tested.pairs, translated, memories, maps });
    } finally {
      owner.dispose();
    }
  },

  plots: ({ matrices = [] }) => [
    ...matrices.map(({ name, label }) => ({
      ...({ kind: "heatmap", name, matrix: name, title: label } as const),
      x: text("source: keys and values", "源序列：键与值"),
      y: text("target: queries", "目标序列：查询"),
    })),
    {
      ...{ kind: "lines", name: "training", series: ["loss"] },
      title: text("Training", "训练"),
      x: { label: text("step", "步") },
      y: { label: text("loss in nats a word", "损失（奈特/词）") },
    },
    {
      ...{ kind: "bars", name: "memories", series: ["memories"] },
      title: text("Loss by what the decoder reads", "解码器读到不同内容时的损失"),
      categories: [
        text("its own source", "自己的源序列"),
        text("another source", "另一个源序列"),
        text("zeros", "全零"),
      ],
      y: { label: text("loss in nats a word", "损失（奈特/词）") },
    },
  ],

  code: `import { randomNormal, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { Decoder, standardBlock } from "@tx/model";

await useBackend("simd");
const block = standardBlock({ dModel: 12, heads: 3, cross: true, residual: "postNorm", rng: new Rng(1) });
const decoder = new Decoder({ blocks: [block] });
const memory: Tensor3D = randomNormal([1, 5, 12], 0, 1, "float32", 1); // what the encoder made
const target: Tensor3D = randomNormal([1, 3, 12], 0, 1, "float32", 2);
const crossAttention: Tensor4D[] = [];
decoder.forward(target, { memory, inspect: { crossAttention } });
console.log(crossAttention[0]!.shape); // [batch, heads, queries of the target, keys of the source]`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.3", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Bahdanau, Cho, Bengio",
      title: "Neural Machine Translation by Jointly Learning to Align and Translate",
      ...{ year: 2015, section: "3", url: "https://arxiv.org/abs/1409.0473" },
    },
  ],
};

interface Tested {
  readonly pairs: readonly Translation[];
  readonly source: IntRows;
  readonly target: IntRows;
}

function translations(
  task: Task,
  { count, digits, rng }: { count: number; digits: number; rng: Rng },
): Tested {
  const pairs = Array.from({ length: count }, () => task.draw(digits, rng));
  const rows = (side: "source" | "target"): IntRows => ({
    values: Int32Array.from(pairs.flatMap((pair) => pair[side])),
    shape: [count, pairs[0]![side].length],
  });
  return { pairs, source: rows("source"), target: rows("target") };
}

/** What the model says itself, word after word, the likeliest each time. */
async function translate(
  model: EncoderDecoderModel,
  pairs: readonly Translation[],
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const translator = model.conditionedOn(pairs.map(({ source }) => source));
  try {
    const prompts = pairs.map(() => [START]);
    const most = pairs[0]!.target.length;
    const options = { maxNewTokens: most, contextLength: most + 1, temperature: 0, signal };
    return await generateBatch(translator, prompts, { ...options, rng: new Rng(1) });
  } finally {
    translator.dispose();
  }
}

/** What the decoder reads of a target: a start, and all words but the last. */
function inputsOf(target: Tensor2D): Tensor2D {
  const [batch, words] = target.shape;
  return concat([fill([batch, 1], START, "int32"), slice(target, [0, 0], [batch, words - 1])], 1);
}

/** The loss with the right memory, with that of another source, and with none. */
async function memoriesOf(model: EncoderDecoderModel, tested: Tested): Promise<Memories> {
  const losses = tidy(() => {
    const [source, target] = [rowsTensor(tested.source), rowsTensor(tested.target)];
    const inputs = inputsOf(target);
    const right = model.encode(source);
    return [right, reverse(right, 0), zerosLike(right)].map((memory) =>
      softmaxCrossEntropy(model.decode(inputs, { memory }), target),
    );
  });
  try {
    const numbers: number[] = [];
    for (const loss of losses) numbers.push((await loss.data())[0]!);
    const [own, others, zeros] = numbers as [number, number, number];
    return { own, others, zeros };
  } finally {
    dispose(losses);
  }
}

/** Weights of cross-attention, [layer][text][head][target][source]. */
async function mapsOf(model: EncoderDecoderModel, tested: Tested): Promise<number[][][][][]> {
  const crossAttention: Tensor4D[] = [];
  tidy(() => {
    const [source, target] = [rowsTensor(tested.source), rowsTensor(tested.target)];
    model.forward(source, inputsOf(target), { inspect: { decoder: { crossAttention } } });
    return crossAttention;
  });
  try {
    const maps: number[][][][][] = [];
    for (const map of crossAttention) maps.push(await map.array());
    return maps;
  } finally {
    dispose(crossAttention);
  }
}
