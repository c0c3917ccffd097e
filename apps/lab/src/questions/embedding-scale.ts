import { tensor2d } from "@tensorflow/tfjs-core";
import { normal, Rng } from "@tx/core";
import { Embeddings } from "@tx/model";
import { sinusoidal, sinusoidalTable } from "@tx/positional";
import { type Experiment, type Finding, type Results, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean, variance } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { words } from "../measures/small-language";
import { smallModel } from "../measures/small-model";
import { curvesOf, type Trained, trainVariants, verdictOf } from "../measures/train-variants";
import { runsParameter, stepsParameter } from "../measures/training-parameters";

const [LAYERS, HEADS, LENGTH] = [2, 4, 24];
const WIDTHS = [16, 32, 64, 128, 256, 512];
/** First variance of the table, and whether tokens are multiplied by √d. */
const ways = {
  unscaled: {
    label: text("variance 1/d, not multiplied", "方差 1/d，不乘"),
    unit: false,
    scaled: false,
  },
  scaled: { label: text("variance 1/d, times √d", "方差 1/d，乘以 √d"), unit: false, scaled: true },
  unit: { label: text("variance 1, not multiplied", "方差 1，不乘"), unit: true, scaled: false },
};
type Way = keyof typeof ways;
const names = Object.keys(ways) as Way[];

/** Variances of what is added up, at each width. */
type Variances = Map<number, { plain: number; scaled: number; position: number }>;

export const embeddingScale: Experiment = {
  id: "embedding-scale",
  question: 8,
  parameters: [
    {
      ...{ kind: "number", name: "dModel", label: text("dModel", "dModel") },
      ...{ min: 16, max: 128, step: 16, default: 32 },
    },
    stepsParameter(400),
    runsParameter(3),
  ],
  smallest: { dModel: 16, steps: 5, runs: 1 },
  seconds: 35,

  async *run(values, { seed }) {
    const dModel = numberOf(values, "dModel");
    const variances: Variances = new Map();
    for (const width of WIDTHS) {
      variances.set(width, await variancesAt(width, seed));
      const note = text(`variances at d = ${width}`, `d = ${width} 的方差`);
      yield { done: 0, of: 1, note, partial: resultsOf(variances, []) };
    }
    const { trained } = yield* trainVariants({
      variants: names.map((name) => ({
        ...{ name, label: ways[name].label },
        model: (rng) =>
          smallModel({
            ...{ vocabSize: words.length, dModel, layers: LAYERS, maxLen: LENGTH, rng },
            attention: () => ({ heads: HEADS }),
            positional: sinusoidal({ dModel }),
            embedding: {
              scaled: ways[name].scaled,
              init: normal(ways[name].unit ? 1 : 1 / Math.sqrt(dModel), rng),
            },
          }),
      })),
      ...{ runs: numberOf(values, "runs"), steps: numberOf(values, "steps") },
      ...{ length: LENGTH, seed, partial: (trained) => resultsOf(variances, trained) },
    });
    return { ...resultsOf(variances, trained), findings: findingsOf(variances, trained, dModel) };
  },

  plots: ({ series }) => [
    {
      ...{ kind: "lines", name: "variance", marked: true },
      title: text("variance of what is added up at the input", "输入处相加各项的方差"),
      x: { label: text("dModel", "dModel"), log: true },
      y: { label: text("variance of an entry", "元素的方差"), log: true },
      series: ["variance-plain", "variance-scaled", "variance-position"],
    },
    {
      ...{ kind: "lines", name: "loss" },
      title: text("loss while training, mean and range of the runs", "训练中的损失：平均值与范围"),
      x: { label: text("step", "步") },
      y: { label: text("loss, nats a token", "损失（奈特/词元）") },
      series: series.map(({ name }) => name).filter((name) => name.startsWith("curve-")),
    },
  ],

  code: `import { moments, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { normal, Rng, spanOf } from "@tx/core";
import { Embeddings } from "@tx/model";
import { sinusoidal } from "@tx/positional";

await useBackend("simd");
const [dModel, rng, ids] = [512, new Rng(1), tensor2d([[3, 1, 4, 1, 5, 9]], undefined, "int32")];
for (const scaled of [false, true]) {
  const embedding = new Embeddings({ vocabSize: 10, dModel, scaled, init: normal(dModel ** -0.5, rng), rng });
  console.log(\`scaled \${scaled}: variance \${moments(embedding.forward(ids)).variance.dataSync()[0]}\`);
}
const positions = sinusoidal({ dModel }).embed(zeros([1, 6, dModel]), spanOf(6));
console.log(\`positions: variance \${moments(positions).variance.dataSync()[0]}\`);`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.4", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Press and Wolf",
      title: "Using the Output Embedding to Improve Language Models",
      ...{ year: 2017, section: "3", url: "https://arxiv.org/abs/1608.05859" },
    },
  ],
};

async function variancesAt(dModel: number, seed: number) {
  const places = Array.from({ length: LENGTH }, (_, place) => place);
  const ids = tensor2d([words.map((_, id) => id)], undefined, "int32");
  const tokens = async (scaled: boolean) => {
    const rng = new Rng(seed);
    const init = normal(1 / Math.sqrt(dModel), rng);
    const embeddings = new Embeddings({ vocabSize: words.length, dModel, scaled, init, rng });
    const made = embeddings.forward(ids);
    try {
      return variance([...(await made.data())]);
    } finally {
      made.dispose();
      embeddings.dispose();
    }
  };
  const table = sinusoidalTable(places, dModel);
  try {
    const position = variance([...(await table.data())]);
    return { plain: await tokens(false), scaled: await tokens(true), position };
  } finally {
    table.dispose();
    ids.dispose();
  }
}

function resultsOf(variances: Variances, trained: readonly Trained[]): Results {
  const x = [...variances.keys()];
  const of = (name: "plain" | "scaled" | "position", label: ReturnType<typeof text>) => ({
    ...{ name: `variance-${name}`, label, x },
    y: [...variances.values()].map((each) => each[name]),
  });
  return {
    numbers: trained.map(({ variant, heldOut }) => ({
      name: `loss-${variant.name}`,
      label: text(`held-out loss, ${variant.label.en}`, `留出损失，${variant.label.zh}`),
      ...{ value: mean(heldOut), unit: "nat" },
    })),
    series: [
      of("plain", text("token, as the table has it", "词嵌入，未缩放")),
      of("scaled", text("token, times √d", "词嵌入，乘以 √d")),
      of("position", text("position", "位置编码")),
      ...curvesOf(trained),
    ],
    findings: [],
  };
}

function findingsOf(variances: Variances, trained: readonly Trained[], dModel: number): Finding[] {
  const widest = WIDTHS.at(-1)!;
  const { plain, scaled, position } = variances.get(widest)!;
  const of = (way: Way) => trained.find(({ variant }) => variant.name === way)!;
  const loss = (way: Way) => short(mean(of(way).heldOut), 4);
  const first = (way: Way) => short(mean(of(way).curves.map(([start]) => start!)));
  const verdict = verdictOf(of("scaled"), of("unscaled"));
  const said = verdict.text;
  return [
    {
      text: text(
        `At d = ${widest} an entry of a token's vector has variance ${short(plain)}, of the position's ${short(position)}: ${short(position / plain)} times as much. Times √d the token's is ${short(scaled)}.`,
        `d = ${widest} 时词向量元素的方差为 ${short(plain)}，位置编码为 ${short(position)}，是前者的 ${short(position / plain)} 倍。乘以 √d 后词向量为 ${short(scaled)}。`,
      ),
    },
    {
      text: text(
        `Loss at dModel = ${dModel}: ${loss("scaled")} with the factor, ${loss("unscaled")} without (with it ${said.en}).`,
        `dModel = ${dModel} 时的损失：乘以 √d 为 ${loss("scaled")}，不乘为 ${loss("unscaled")}（乘者${said.zh}）。`,
      ),
      contradicts: verdict.enough && verdict.kind !== "lower",
    },
    {
      text: text(
        `A table of variance 1 needs no factor at the input, but the output reads the same table: training begins at ${first("unit")} nats a token instead of ${first("scaled")} (guessing evenly: ${short(Math.log(words.length))}), and ends at ${loss("unit")}.`,
        `方差为 1 的嵌入表在输入处无需缩放，但输出层共用此表：训练从 ${first("unit")} 奈特/词元开始，而非 ${first("scaled")}（均匀猜测为 ${short(Math.log(words.length))}），最后为 ${loss("unit")}。`,
      ),
    },
  ];
}
