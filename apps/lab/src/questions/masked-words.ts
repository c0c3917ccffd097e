import { type Scalar, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { causal } from "@tx/attention";
import { type Mask, Rng, spanOf } from "@tx/core";
import { bert, type MaskedLanguageModel } from "@tx/model";
import { cosine } from "@tx/schedule";
import { mlmLoss, rowsTensor } from "@tx/training";
import {
  type Experiment,
  type Progress,
  type Results,
  type Text,
  text,
} from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { numberOf } from "../experiment/values";
import { LONGEST, vocabulary } from "../measures/cloze";
import { type ClozeRows, clozeRows } from "../measures/cloze-rows";
import { Meter } from "../measures/meter";
import { train } from "../measures/train";
import { runsParameter } from "../measures/training-parameters";
import { type Asked, maskedWordsResults } from "./masked-words-results";

const SIZES = { vocabSize: vocabulary.length, maxLen: LONGEST, layers: 2, heads: 4, dModel: 32 };
const [SENTENCES, TESTED] = [64, 256];

/** What a model is told of the sentence: words, what attention hides, what is asked for. */
interface Way {
  readonly name: string;
  readonly label: Text;
  /** Share of the chosen words that become [mask], and share that become another word. */
  readonly shares: { readonly maskShare: number; readonly randomShare: number };
  /** Default: what is put in the place of the words. */
  readonly reads?: "words";
  /** Whether attention hides the chosen words from the others. */
  readonly hides?: boolean;
  readonly causal?: boolean;
  /** Whether every word is asked for. */
  readonly asksAll?: boolean;
}

const usual = { maskShare: 0.8, randomShare: 0.1 };
const ways: readonly Way[] = [
  {
    ...{ name: "bert", shares: usual },
    label: text("BERT (80/10/10)", "BERT（80/10/10）"),
  },
  {
    ...{ name: "all-masked", shares: { maskShare: 1, randomShare: 0 } },
    label: text("only [mask] (100/0/0)", "只用 [mask]（100/0/0）"),
  },
  {
    ...{ name: "attention-only", shares: usual, reads: "words", hides: true },
    label: text("attention alone hides", "只用注意力遮住"),
  },
  {
    ...{ name: "both", shares: usual, hides: true },
    label: text("[mask], attention hides too", "[mask] 加注意力遮住"),
  },
  {
    ...{ name: "causal", shares: usual, causal: true },
    label: text("with a causal mask", "加因果掩码"),
  },
  {
    ...{ name: "asks-all", shares: usual, asksAll: true },
    label: text("every word asked for", "每个词都要预测"),
  },
];

export const maskedWords: Experiment = {
  id: "masked-words",
  question: 18,
  parameters: [
    {
      ...{ kind: "number", name: "probability", min: 0.05, max: 0.6, step: 0.05, default: 0.15 },
      label: text("share of words that are asked for", "被预测的词的比例"),
    },
    {
      ...{ kind: "number", name: "steps", min: 2, max: 3000, step: 10, default: 500, log: true },
      label: text("steps of training of each", "每种的训练步数"),
    },
    runsParameter(3),
  ],
  smallest: { probability: 0.15, steps: 3, runs: 1 },
  seconds: 60,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [probability, steps, runs] = ["probability", "steps", "runs"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number];
    const seeds = new Rng(seed);
    const drawn = (rng: Rng, sentences: number, shares: Way["shares"]) =>
      clozeRows({ sentences, probability, ...shares, rng });
    const testing = seeds.nextSeed();
    const hidden = drawn(new Rng(testing), TESTED, { maskShare: 1, randomShare: 0 });
    const kept = drawn(new Rng(testing), TESTED, { maskShare: 0, randomShare: 0 });
    const exchanged = drawn(new Rng(testing), TESTED, { maskShare: 0, randomShare: 1 });
    // Run n of all has the same first weights and reads the same sentences.
    const eachRun = Array.from({ length: runs }, () => ({
      weights: seeds.nextSeed(),
      sentences: seeds.nextSeed(),
    }));
    const meter = new Meter(ways.length * runs * steps);
    const found: Asked[] = [];
    for (const way of ways) {
      const { name, label, shares } = way;
      const asked: Asked["runs"][number][] = [];
      for (const [run, { weights, sentences }] of eachRun.entries()) {
        meter.note = text(`${label.en}, run ${run + 1}`, `${label.zh}，第 ${run + 1} 次`);
        const owner = new Owner();
        try {
          const none = { dropout: 0, attentionDropout: 0, segments: 0 };
          const model = owner.own(bert({ ...SIZES, ...none, rng: new Rng(weights) }));
          const reading = new Rng(sentences);
          const { losses } = yield* train(
            {
              ...{ model, steps, maxNorm: 1 },
              loss: (...rows: Tensor2D[]) => lossOf(model, rows, way),
              batch: () => tensorsOf(drawn(reading, SENTENCES, shares), way),
              schedule: cosine({
                peak: 0.005,
                warmupSteps: Math.ceil(steps / 10),
                totalSteps: steps,
              }),
            },
            meter,
          );
          // As it is in use: what is not known is hidden, and attention hides padding alone.
          const plain: Way = { name, label, shares, causal: way.causal ?? false };
          asked.push({
            losses,
            hidden: await measured(model, hidden, plain),
            kept: await measured(model, kept, plain),
            exchanged: await measured(model, exchanged, plain),
          });
          yield* meter.did(0);
        } finally {
          owner.dispose();
        }
      }
      found.push({ name, label, runs: asked });
    }
    return maskedWordsResults(found, hidden.best);
  },

  plots: () => [
    {
      ...{ kind: "lines", name: "training" },
      series: [...ways.map(({ name }) => `loss-${name}`), "best"],
      title: text("What training says", "训练时看到的损失"),
      x: { label: text("step", "步") },
      y: { label: text("loss in nats a word asked for", "损失（奈特/被预测的词）"), from: 0 },
    },
    {
      ...{ kind: "bars", name: "worth", series: ["reported", "hidden", "best-of-each"] },
      title: text("What it is worth", "实际价值"),
      categories: ways.map(({ label }) => label),
      y: { label: text("loss in nats a word", "损失（奈特/词）"), from: 0 },
    },
    {
      ...{ kind: "bars", name: "places", series: ["hidden", "kept", "exchanged"] },
      title: text(
        "Asked for a word that is hidden, shown, or exchanged",
        "被预测的词：遮住、原样、换成别的词",
      ),
      categories: ways.map(({ label }) => label),
      y: { label: text("loss in nats a word", "损失（奈特/词）"), from: 0 },
    },
  ],

  code: `import { Rng } from "@tx/core";
import { useBackend } from "@tx/backend";
import { bert } from "@tx/model";
import { maskTokens, mlmLoss, rowsTensor } from "@tx/training";

await useBackend("simd");
const sentence = Int32Array.of(2, 5, 7, 3, 9, 4, 0, 0); // 0 is padding, 1 is [mask]
const options = { vocabSize: 11, maskId: 1, specialIds: [0, 1], rng: new Rng(3), probability: 0.5 };
const { inputs, labels } = maskTokens(sentence, options); // changes data, hides nothing from attention
const [ids, asked] = [inputs, labels].map((values) => rowsTensor({ values, shape: [1, 8] }));
const visible = rowsTensor({ values: sentence.map((id) => Number(id !== 0)), shape: [1, 8] }, "bool");
const model = bert({ vocabSize: 11, maxLen: 8, layers: 2, heads: 2, dModel: 16, rng: new Rng(1) });
const loss = mlmLoss((read) => model.forward(read, { visible }), ids!, asked!);
console.log(inputs.join(" "), "|", labels.join(" "), "|", loss.dataSync()[0]);`,

  references: [
    {
      authors: "Devlin et al.",
      title: "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
      ...{ year: 2019, section: "3.1 and A.1", url: "https://arxiv.org/abs/1810.04805" },
    },
    {
      authors: "Liu et al.",
      title: "RoBERTa: A Robustly Optimized BERT Pretraining Approach",
      ...{ year: 2019, section: "4.1", url: "https://arxiv.org/abs/1907.11692" },
    },
  ],
};

/** What is read, the labels, where words are, and which of them attention shows. */
function tensorsOf(rows: ClozeRows, { reads, hides, asksAll }: Way): Tensor2D[] {
  const all = rows.words.values.map((word, n) => (rows.visible.values[n] === 1 ? word : -100));
  return [
    rowsTensor(reads === "words" ? rows.words : rows.inputs),
    rowsTensor(asksAll ? { values: all, shape: rows.words.shape } : rows.labels),
    rowsTensor(hides ? rows.shown : rows.visible, "bool"),
  ];
}

function lossOf(model: MaskedLanguageModel, rows: readonly Tensor2D[], way: Way): Scalar {
  const [read, labels, visible] = rows as [Tensor2D, Tensor2D, Tensor2D];
  const mask = way.causal ? causal() : undefined;
  return mlmLoss((ids) => logitsOf(model, ids, visible, mask), read, labels);
}

/** As model.forward, but with a mask beside the padding's, and places counted past hidden words. */
function logitsOf(
  model: MaskedLanguageModel,
  ids: Tensor2D,
  visible: Tensor2D,
  mask: Mask | undefined,
): Tensor3D {
  const { embedding, encoder, head, positional } = model;
  const span = spanOf(ids.shape[1]);
  const x = embedding.forward(ids, { positional, span });
  return head.forward(encoder.forward(x, { span, visible, mask }));
}

async function measured(model: MaskedLanguageModel, rows: ClozeRows, way: Way): Promise<number> {
  const loss = tidy(() => lossOf(model, tensorsOf(rows, way), way));
  try {
    return (await loss.data())[0]!;
  } finally {
    loss.dispose();
  }
}
