import { softmax, type Tensor2D, type Tensor4D, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { MaskedLanguageModel } from "@tx/model";
import { maskTokens, mlmLoss } from "@tx/training";
import { type Experiment, type Finding, type Results, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { encoderWalk, type Walk } from "../measures/encoder-walk";
import { smallEncoder } from "../measures/small-encoder";
import { sentences, tokensOf, words } from "../measures/small-language";
import { smoothed, trainSmall } from "../measures/train-small";
import { stepsParameter } from "../measures/training-parameters";

const [D_MODEL, HEADS, LAYERS, ROWS, LENGTH] = [32, 4, 2, 32, 23];
const MASK = words.length;
const SENTENCES = {
  one: "the old king ? a cat and the cat finds the king .",
  many: "the old kings ? a cat and the cat finds the kings .",
};
/** Place of the hidden verb, of the noun that it agrees with, and of the verb that says it again. */
const [HIDDEN, SUBJECT, AGAIN] = [3, 2, 9];
const singular = ["sees", "likes", "finds"];
const plural = ["see", "like", "find"];

interface Guess {
  readonly sentence: string;
  readonly probabilities: number[];
}

interface Found {
  readonly walk: Walk;
  readonly losses: readonly number[];
  /** [layer][head][query][key] for the first sentence. */
  readonly maps: number[][][][];
  readonly guesses: readonly Guess[];
}

export const encoder: Experiment = {
  id: "encoder",
  question: 7,
  parameters: [stepsParameter(1500)],
  smallest: { steps: 5 },
  seconds: 25,

  async *run(values, { seed }) {
    const steps = numberOf(values, "steps");
    const rng = new Rng(seed);
    const sizes = { vocabSize: words.length + 1, dModel: D_MODEL, heads: HEADS, layers: LAYERS };
    const model = smallEncoder({ ...sizes, rng });
    try {
      const training = trainSmall({
        ...{ model, steps, peak: 0.005, next: () => maskedBatch(rng) },
        loss: (ids, labels) => mlmLoss((each) => model.forward(each), ids, labels),
      });
      let losses: readonly number[] = [];
      try {
        let step = await training.next();
        for (; !step.done; step = await training.next()) {
          yield { done: step.value, of: steps, note: text("training", "训练") };
        }
        losses = step.value;
      } finally {
        await training.return([]);
      }
      const found = await lookAt(model, losses);
      return { ...resultsOf(found), findings: findingsOf(found) };
    } finally {
      model.dispose();
    }
  },

  plots: ({ matrices = [] }) => [
    ...matrices.map(({ name, label }) => ({
      ...{ kind: "heatmap" as const, name, matrix: name, title: label },
      x: text("attends to", "被关注的词"),
      y: text("word", "词"),
    })),
    {
      ...{ kind: "bars", name: "guesses", series: ["guess-one", "guess-many"] },
      title: text("what the encoder puts in the place of “?”", "编码器在“?”处给出的词"),
      categories: [...singular, ...plural].map((verb) => text(verb, verb)),
      y: { label: text("probability", "概率"), from: 0, to: 1 },
    },
    {
      ...{ kind: "lines", name: "loss", series: ["loss"] },
      title: text("loss on hidden words while training", "训练中被遮词的损失"),
      x: { label: text("step", "步") },
      y: { label: text("loss, nats a hidden word", "损失（奈特/被遮词）") },
    },
  ],

  code: `import { tensor3d } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { Encoder, standardBlock } from "@tx/model";

await useBackend("simd");
const block = () => standardBlock({ dModel: 8, heads: 2, residual: "postNorm", rng: new Rng(1) });
const encoder = new Encoder({ blocks: [block(), block()] });
const x = tensor3d(Array.from({ length: 40 }, (_, n) => Math.sin(n * n)), [1, 5, 8]);
const attention: ReturnType<typeof x.as4D>[] = [];
const y = encoder.forward(x, { inspect: { attention } });
console.log(\`in \${x.shape}, out \${y.shape}, maps \${attention.map(({ shape }) => shape).join(" and ")}\`);`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.1", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Devlin et al.",
      title: "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
      ...{ year: 2019, section: "3.1", url: "https://arxiv.org/abs/1810.04805" },
    },
  ],
};

/** Sentences with words hidden, and what was there. */
function maskedBatch(rng: Rng): [Tensor2D, Tensor2D] {
  const { values } = sentences({ rows: ROWS, length: LENGTH }, rng);
  const { inputs, labels } = maskTokens(values, {
    ...{ vocabSize: words.length + 1, maskId: MASK, rng },
  });
  const rowsOf = (ids: Int32Array) => tensor2d(ids, [ROWS, LENGTH + 1], "int32");
  return [rowsOf(inputs), rowsOf(labels)];
}

const idsOf = (sentence: string) =>
  tensor2d(
    [sentence.split(" ").map((word) => (word === "?" ? MASK : tokensOf(word)[0]!))],
    undefined,
    "int32",
  );

async function lookAt(model: MaskedLanguageModel, losses: readonly number[]): Promise<Found> {
  const ids = idsOf(SENTENCES.one);
  try {
    const walk = await encoderWalk(model, ids);
    const attention: Tensor4D[] = [];
    model.forward(ids, { inspect: { attention } }).dispose();
    try {
      const maps = await Promise.all(attention.map(async (map) => (await map.array())[0]!));
      const guesses: Guess[] = [];
      for (const sentence of Object.values(SENTENCES)) guesses.push(await guess(model, sentence));
      return { walk, losses, maps, guesses };
    } finally {
      for (const map of attention) map.dispose();
    }
  } finally {
    ids.dispose();
  }
}

async function guess(model: MaskedLanguageModel, sentence: string): Promise<Guess> {
  const probabilities = tidy(() => softmax(model.forward(idsOf(sentence))));
  try {
    return { sentence, probabilities: (await probabilities.array())[0]![HIDDEN]! };
  } finally {
    probabilities.dispose();
  }
}

function resultsOf({ walk, losses, maps, guesses }: Found): Results {
  const verbs = [...singular, ...plural];
  const sentence = SENTENCES.one.split(" ");
  const { x, y } = smoothed(losses, Math.max(1, Math.round(losses.length / 40)));
  return {
    numbers: [
      {
        name: "difference",
        label: text(
          "largest difference between the walk by hand and the block",
          "手工逐步计算与模块结果的最大差异",
        ),
        value: walk.difference,
      },
    ],
    series: [
      { name: "loss", label: text("loss", "损失"), x, y },
      ...guesses.map(({ sentence, probabilities }, n) => ({
        name: n === 0 ? "guess-one" : "guess-many",
        label: text(sentence, sentence),
        x: verbs.map((_, place) => place),
        y: verbs.map((verb) => probabilities[tokensOf(verb)[0]!]!),
      })),
    ],
    matrices: maps.flatMap((heads, layer) =>
      heads.map((values, head) => ({
        name: `map-${layer + 1}-${head + 1}`,
        label: text(
          `layer ${layer + 1}, head ${head + 1}`,
          `第 ${layer + 1} 层，第 ${head + 1} 个头`,
        ),
        ...{ rows: sentence, columns: sentence, values },
      })),
    ),
    tables: [
      {
        name: "walk",
        label: text("one sentence through the first layer, and beyond", "一个句子走过第一层及之后"),
        columns: [
          text("step", "步骤"),
          text("computed as", "计算"),
          text("shape", "形状"),
          text("mean", "均值"),
          text("deviation", "标准差"),
        ],
        rows: walk.steps.map(({ what, code, shape, mean, deviation }) => [
          ...[what, code, `[${shape.join(", ")}]`],
          ...(code === "ids" ? ["–", "–"] : [short(mean), short(deviation)]),
        ]),
      },
    ],
    findings: [],
  };
}

function findingsOf({ walk, losses, maps, guesses }: Found): Finding[] {
  const sum = ({ probabilities }: Guess, verbs: readonly string[]) =>
    verbs.reduce((total, verb) => total + probabilities[tokensOf(verb)[0]!]!, 0);
  const [one, many] = guesses as [Guess, Guess];
  const most = (place: number) =>
    maps
      .flatMap((heads, layer) =>
        heads.map((map, head) => ({ layer, head, weight: map[HIDDEN]![place]! })),
      )
      .reduce((best, each) => (each.weight > best.weight ? each : best));
  const [noun, verb] = [most(SUBJECT), most(AGAIN)];
  const even = 1 / SENTENCES.one.split(" ").length;
  const share = sum(one, ["finds"]) / sum(one, singular);
  const last = losses.slice(-Math.max(1, Math.round(losses.length / 20)));
  return [
    {
      text: text(
        `Every step keeps a vector of ${D_MODEL} numbers for each word, so that layers can be stacked; by hand and in the block the first layer agrees to ${short(walk.difference)}.`,
        `每一步都为每个词保留 ${D_MODEL} 维的向量，因此各层可以堆叠；第一层手工计算与模块计算的差异不超过 ${short(walk.difference)}。`,
      ),
    },
    {
      text: text(
        `After “king” the encoder gives singular verbs ${percent(sum(one, singular))} and plural ones ${percent(sum(one, plural))} at “?”, after “kings” ${percent(sum(many, singular))} and ${percent(sum(many, plural))}: that is read on the left.`,
        `在“king”之后，编码器在“?”处给单数动词 ${percent(sum(one, singular))}、复数动词 ${percent(sum(one, plural))}；在“kings”之后为 ${percent(sum(many, singular))} 和 ${percent(sum(many, plural))}：这要看左边。`,
      ),
    },
    {
      text: text(
        `Which verb it is stands on the right${share > 0.5 ? "" : `, where ${losses.length} steps have not taught it to look`}: “finds” has ${percent(share)} of the singular ones, where chance gives ${percent(1 / 3)}. The loss on hidden words is ${short(losses[0]!)} nats at first and ${short(mean(last))} at the end.`,
        `是哪个动词则写在右边${share > 0.5 ? "" : `，但训练 ${losses.length} 步还没学会去看`}：“finds”占单数动词的 ${percent(share)}，随机则为 ${percent(1 / 3)}。被遮词的损失开始为 ${short(losses[0]!)} 奈特，结束时为 ${short(mean(last))}。`,
      ),
    },
    {
      text: text(
        `From “?”, head ${noun.head + 1} of layer ${noun.layer + 1} looks most to its noun “king” (weight ${short(noun.weight)}), and head ${verb.head + 1} of layer ${verb.layer + 1} most to the verb “finds” that comes again (${short(verb.weight)}); an even spread would give ${short(even)}.`,
        `从“?”出发，最关注其名词“king”的是第 ${noun.layer + 1} 层第 ${noun.head + 1} 个头（权重 ${short(noun.weight)}），最关注后面重复的动词“finds”的是第 ${verb.layer + 1} 层第 ${verb.head + 1} 个头（${short(verb.weight)}）；平均分配时为 ${short(even)}。`,
      ),
    },
  ];
}
