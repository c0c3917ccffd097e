import type { Tensor2D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { cosine } from "@tx/schedule";
import { causalLoss, rowsTensor } from "@tx/training";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { isSentence, STOP, textRows, vocabulary } from "../measures/cloze";
import { leakOf } from "../measures/leak";
import { lossesOf } from "../measures/losses";
import { Meter } from "../measures/meter";
import { Reader } from "../measures/reader";
import { train } from "../measures/train";
import { causalMaskResults, type Reading } from "./causal-mask-results";

const SIZES = { vocabSize: vocabulary.length, dModel: 32, heads: 4, layers: 2 };
const [BATCH, LENGTH, TESTED] = [16, 24, 64];
const ways = [
  { name: "masked", masked: true, label: text("with the mask", "有掩码") },
  { name: "unmasked", masked: false, label: text("without the mask", "无掩码") },
] as const;

export const causalMask: Experiment = {
  id: "causal-mask",
  question: 15,
  parameters: [
    {
      ...{ kind: "number", name: "steps", min: 2, max: 5000, step: 10, default: 800, log: true },
      label: text("steps of training of each", "每种的训练步数"),
    },
    {
      ...{ kind: "number", name: "texts", min: 4, max: 256, step: 4, default: 64 },
      label: text("texts that are generated", "生成的文本数"),
    },
  ],
  smallest: { steps: 10, texts: 4 },
  seconds: 15,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [steps, texts] = [numberOf(values, "steps"), numberOf(values, "texts")];
    const seeds = new Rng(seed);
    const tested = textRows(TESTED, LENGTH + 1, new Rng(seeds.nextSeed()));
    const [weights, sentences, saying] = [seeds.nextSeed(), seeds.nextSeed(), seeds.nextSeed()];
    // Of what follows the first token of each row.
    const best = mean([...tested.nats].filter((_, n) => n % (LENGTH + 1) > 0));
    const meter = new Meter(2 * steps);
    const found: Reading[] = [];
    for (const { name, masked, label } of ways) {
      meter.note = label;
      const owner = new Owner();
      try {
        const reader = owner.own(new Reader({ ...SIZES, rng: new Rng(weights) }));
        const reading = new Rng(sentences);
        const { losses } = yield* train(
          {
            ...{ model: reader, steps, maxNorm: 1 },
            loss: (tokens: Tensor2D) => causalLoss((ids) => reader.forward(ids, masked), tokens),
            batch: (): [Tensor2D] => [rowsTensor(textRows(BATCH, LENGTH + 1, reading))],
            schedule: cosine({
              peak: 0.005,
              warmupSteps: Math.ceil(steps / 10),
              totalSteps: steps,
            }),
          },
          meter,
        );
        const lossWith = async (mask: boolean) =>
          mean(await lossesOf((ids) => reader.forward(ids, mask), tested));
        const rng = new Rng(saying);
        const said = await reader.continued(STOP!, { texts, tokens: LENGTH - 1, masked, rng });
        yield* meter.did(0);
        const sentencesSaid = said.flatMap(sentencesOf);
        found.push({
          ...{ name, label, losses, example: said[0]!, best, sentences: sentencesSaid.length },
          ...{ own: await lossWith(masked), honest: await lossWith(true) },
          right: mean([0, ...sentencesSaid.map((one) => Number(isSentence(one)))].slice(1)),
          leak: await leakOf((ids) => reader.forward(ids, masked), tested, SIZES.vocabSize),
        });
      } finally {
        owner.dispose();
      }
    }
    return causalMaskResults(found);
  },

  plots: () => [
    {
      ...{ kind: "lines", name: "training", series: ["loss-masked", "loss-unmasked", "best"] },
      title: text("What training says", "训练时看到的损失"),
      x: { label: text("step", "步") },
      y: { label: text("loss in nats a word", "损失（奈特/词）"), from: 0 },
    },
    {
      ...{ kind: "bars", name: "losses", series: ["own", "honest"] },
      title: text("What it is worth", "实际价值"),
      categories: ways.map(({ label }) => label),
      y: { label: text("loss in nats a word", "损失（奈特/词）"), from: 0 },
    },
    {
      ...{ kind: "bars", name: "sentences", series: ["right"] },
      title: text("Sentences that are right, of those generated", "生成的句子中合乎语法的比例"),
      categories: ways.map(({ label }) => label),
      y: { label: text("share", "比例"), from: 0, to: 1 },
    },
  ],

  code: `import { tensor2d } from "@tensorflow/tfjs-core";
import { and, causal, disposeMask, maskToText, paddingFromIds } from "@tx/attention";
import { useBackend } from "@tx/backend";

await useBackend("simd");
const ids = tensor2d([[0, 0, 7, 4, 9]], undefined, "int32"); // 0 is padding
const padding = paddingFromIds(ids, 0);
const both = and(causal(), padding);
for (const [name, mask] of Object.entries({ encoder: padding, decoder: causal(), both })) {
  console.log(\`\${name}\\n\${await maskToText(mask, { queries: 5, keys: 5 })}\`);
}
for (const mask of [padding, both]) disposeMask(mask);`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.3", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Radford et al.",
      title: "Improving Language Understanding by Generative Pre-Training",
      year: 2018,
      url: "https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf",
    },
  ],
};

/** The sentences of a text that came to a stop. */
function sentencesOf(tokens: readonly number[]): number[][] {
  const found: number[][] = [];
  let from = 0;
  for (const [place, token] of tokens.entries()) {
    if (token !== STOP) continue;
    found.push(tokens.slice(from, place + 1));
    from = place + 1;
  }
  return found;
}
