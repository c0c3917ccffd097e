import { type Experiment, type Finding, type Results, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { words } from "../measures/small-language";
import { smallModel } from "../measures/small-model";
import { heldOutOf, type Trained, trainVariants, verdictOf } from "../measures/train-variants";
import { runsParameter, stepsParameter } from "../measures/training-parameters";

const [D_MODEL, LAYERS, LENGTH] = [32, 2, 24];
const HEADS = [1, 2, 4, 8];
const ways = ["reduced", "full"] as const;
type Way = (typeof ways)[number];
const labels = {
  reduced: text("d_k = dModel / heads", "d_k = dModel / 头数"),
  full: text("d_k = dModel in each head", "每个头 d_k = dModel"),
};

interface Setting {
  readonly way: Way;
  readonly heads: number;
  readonly headDim: number;
}

const settings: Setting[] = ways.flatMap((way) =>
  HEADS.map((heads) => ({ way, heads, headDim: way === "full" ? D_MODEL : D_MODEL / heads })),
);
const nameOf = ({ way, heads }: Setting) => `${way}-${heads}`;

export const headDim: Experiment = {
  id: "head-dim",
  question: 6,
  parameters: [stepsParameter(300), runsParameter(3)],
  smallest: { steps: 5, runs: 1 },
  seconds: 50,

  async *run(values, { seed }) {
    const { trained } = yield* trainVariants({
      variants: settings.map((setting) => ({
        name: nameOf(setting),
        label: text(
          `${setting.heads} heads of ${setting.headDim}`,
          `${setting.heads} 个头，每个 ${setting.headDim} 维`,
        ),
        model: (rng) =>
          smallModel({
            ...{ vocabSize: words.length, dModel: D_MODEL, layers: LAYERS, maxLen: LENGTH, rng },
            attention: () => ({ heads: setting.heads, headDim: setting.headDim }),
          }),
      })),
      ...{ runs: numberOf(values, "runs"), steps: numberOf(values, "steps") },
      ...{ length: LENGTH, seed, partial: resultsOf },
    });
    return { ...resultsOf(trained), findings: findingsOf(trained) };
  },

  plots: () => {
    const x = { label: text("heads", "头数"), log: true };
    const lines = { kind: "lines" as const, marked: true, x };
    return [
      {
        ...{ ...lines, name: "loss", series: ways.map((way) => `loss-${way}`) },
        title: text(
          "loss after training, mean and range of the runs",
          "训练后的损失：平均值与范围",
        ),
        y: { label: text("held-out loss, nats a token", "留出损失（奈特/词元）") },
      },
      {
        ...{ ...lines, name: "parameters", series: ways.map((way) => `parameters-${way}`) },
        title: text("parameters of the model", "模型的参数个数"),
        y: { label: text("parameters", "参数个数"), from: 0 },
      },
      {
        ...{ ...lines, name: "flops", series: ways.map((way) => `flops-${way}`) },
        title: text("operations of the forward pass", "前向计算的运算量"),
        y: { label: text("FLOPs a token", "每词元 FLOPs"), from: 0 },
      },
    ];
  },

  code: `import { useBackend } from "@tx/backend";
import { MultiHeadAttention } from "@tx/attention";
import { countParameters, Rng } from "@tx/core";

await useBackend("simd");
for (const heads of [1, 2, 4, 8]) {
  const reduced = new MultiHeadAttention({ dModel: 32, heads, rng: new Rng(1) });
  const full = new MultiHeadAttention({ dModel: 32, heads, headDim: 32, rng: new Rng(1) });
  console.log(\`\${heads} heads: \${countParameters(reduced)} parameters, full \${countParameters(full)}\`);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.2, table 3 (A, B)", url: "https://arxiv.org/abs/1706.03762" },
    },
  ],
};

/**
 * Multiplications and additions of products in a forward pass, for one token among LENGTH: four
 * projections, scores and mix, feed-forward, in each layer, and the logits.
 */
function flopsOf({ heads, headDim }: Setting): number {
  const inner = heads * headDim;
  const layer = 8 * D_MODEL * inner + 4 * LENGTH * inner + 16 * D_MODEL * D_MODEL;
  return LAYERS * layer + 2 * D_MODEL * words.length;
}

function resultsOf(trained: readonly Trained[]): Results {
  const found = settings.flatMap((setting) => {
    const entry = trained.find(({ variant }) => variant.name === nameOf(setting));
    return entry ? [{ setting, entry }] : [];
  });
  const of = (way: Way) => found.filter(({ setting }) => setting.way === way);
  return {
    numbers: found.map(({ setting, entry }) => ({
      name: `loss-${nameOf(setting)}`,
      label: text(
        `loss with ${entry.variant.label.en} features`,
        `${entry.variant.label.zh}的损失`,
      ),
      ...{ value: mean(entry.heldOut), unit: "nat" },
    })),
    series: ways.flatMap((way) => {
      const x = of(way).map(({ setting }) => setting.heads);
      const label = labels[way];
      return [
        heldOutOf(
          of(way).map(({ entry }) => entry),
          { name: `loss-${way}`, label, x },
        ),
        {
          ...{ name: `parameters-${way}`, label, x },
          y: of(way).map(({ entry }) => entry.parameters),
        },
        { name: `flops-${way}`, label, x, y: of(way).map(({ setting }) => flopsOf(setting)) },
      ];
    }),
    tables: [
      {
        name: "cost",
        label: text("what each costs and reaches", "各种设置的代价与结果"),
        columns: [
          text("heads × d_k", "头数 × d_k"),
          text("parameters", "参数个数"),
          text("FLOPs a token", "每词元 FLOPs"),
          text("held-out loss", "留出损失"),
        ],
        rows: found.map(({ setting, entry }) => [
          `${setting.heads} × ${setting.headDim}`,
          ...[entry.parameters, flopsOf(setting), Number(mean(entry.heldOut).toFixed(4))],
        ]),
      },
    ],
    findings: [],
  };
}

function findingsOf(trained: readonly Trained[]): Finding[] {
  const of = (way: Way, heads: number) =>
    trained.find(({ variant }) => variant.name === `${way}-${heads}`)!;
  const most = HEADS.at(-1)!;
  const [reduced, full] = [of("reduced", most), of("full", most)];
  const [lossReduced, lossFull] = [mean(reduced.heldOut), mean(full.heldOut)];
  const flops = (way: Way) =>
    flopsOf(settings.find((setting) => setting.way === way && setting.heads === most)!);
  const same = new Set(HEADS.map((heads) => of("reduced", heads).parameters)).size === 1;
  const verdict = verdictOf(full, reduced);
  const said = verdict.text;
  return [
    {
      text: text(
        `With d_k = dModel / heads ${same ? "the number of heads changes no cost" : "costs change with the heads"}: ${reduced.parameters} parameters at ${most} heads. Full heads have ${full.parameters} there, ${short(full.parameters / reduced.parameters)} times as many, and take ${short(flops("full") / flops("reduced"))} times the operations.`,
        `d_k = dModel / 头数时，${same ? "头数不改变代价" : "代价随头数变化"}：${most} 个头有 ${reduced.parameters} 个参数。全宽的头则有 ${full.parameters} 个，是前者的 ${short(full.parameters / reduced.parameters)} 倍，运算量是 ${short(flops("full") / flops("reduced"))} 倍。`,
      ),
    },
    {
      text: text(
        `What that buys at ${most} heads: ${short(lossFull, 4)} instead of ${short(lossReduced, 4)} nats a token (${said.en}).`,
        `${most} 个头时由此得到的损失：${short(lossFull, 4)}，而非 ${short(lossReduced, 4)} 奈特/词元（${said.zh}）。`,
      ),
      contradicts: verdict.enough && verdict.kind === "higher",
    },
  ];
}
