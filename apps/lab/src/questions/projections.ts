import { tensor2d } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel } from "@tx/model";
import { type Experiment, type Finding, type Results, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { rawScores, type Shape, shapeOf } from "../measures/raw-scores";
import { tokensOf, words } from "../measures/small-language";
import { mapsOf, smallModel } from "../measures/small-model";
import {
  curvesOf,
  trainVariants,
  type Variant,
  type VariantsResult,
  verdictOf,
} from "../measures/train-variants";
import { runsParameter, stepsParameter } from "../measures/training-parameters";

const [D_MODEL, HEADS, LAYERS, LENGTH] = [32, 4, 2, 24];
const SENTENCE = "the old king that the girls see likes a cat and the cat likes the king .";
const labels = {
  separate: text("separate projections", "各用一个投影"),
  shared: text("one for both (K = Q)", "共用一个投影（K = Q）"),
};
type Way = keyof typeof labels;
const ways = Object.keys(labels) as Way[];

/** What was seen of the first layer in run 0, before and after training. */
interface Look extends Shape {
  readonly way: Way;
  readonly trained: boolean;
  /** [queries][keys] of the first head. */
  readonly scores: number[][];
  /** Mean weight that causal attention gives to a word's own place, the first word left out. */
  readonly self: number;
}

export const projections: Experiment = {
  id: "projections",
  question: 2,
  parameters: [stepsParameter(600), runsParameter(4)],
  smallest: { steps: 5, runs: 1 },
  seconds: 50,

  async *run(values, { seed }) {
    const looks: Look[] = [];
    const look =
      (trained: boolean) =>
      async (model: CausalLanguageModel, { name }: Variant, run: number) => {
        if (run === 0) looks.push(await lookAt(model, { way: name as Way, trained }));
      };
    const result = yield* trainVariants({
      variants: ways.map((way) => ({
        name: way,
        label: labels[way],
        model: (rng) =>
          smallModel({
            ...{ vocabSize: words.length, dModel: D_MODEL, layers: LAYERS, maxLen: LENGTH, rng },
            attention: () => ({ heads: HEADS, sharedQueryKey: way === "shared" }),
          }),
      })),
      ...{ runs: numberOf(values, "runs"), steps: numberOf(values, "steps") },
      ...{ length: LENGTH, seed },
      lookBefore: look(false),
      look: look(true),
      partial: (trained) => resultsOf({ trained, floor: 0 }, looks),
    });
    return { ...resultsOf(result, looks), findings: findingsOf(result, looks) };
  },

  plots: ({ matrices = [], series }) => [
    {
      ...{ kind: "lines", name: "loss", series: series.map(({ name }) => name) },
      title: text("loss while training, mean and range of the runs", "训练中的损失：平均值与范围"),
      x: { label: text("step", "步") },
      y: { label: text("loss, nats a token", "损失（奈特/词元）") },
    },
    ...matrices.map(({ name, label }) => ({
      ...{ kind: "heatmap" as const, name, matrix: name, title: label },
      x: text("key", "键"),
      y: text("query", "查询"),
    })),
  ],

  code: `import { tensor3d, transpose, sub, norm } from "@tensorflow/tfjs-core";
import { MultiHeadAttention } from "@tx/attention";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { matMul } from "@tx/ops";

await useBackend("simd");
const x = tensor3d(Array.from({ length: 40 }, (_, n) => Math.sin(n * n)), [1, 5, 8]);
for (const sharedQueryKey of [false, true]) {
  const part = new MultiHeadAttention({ dModel: 8, heads: 1, sharedQueryKey, rng: new Rng(1) });
  const scores = matMul(part.query.forward(x), part.key.forward(x), { transposeB: true });
  const [gap] = norm(sub(scores, transpose(scores, [0, 2, 1]))).dataSync();
  console.log(\`shared \${sharedQueryKey}: the scores differ from their mirror image by \${gap}\`);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.2", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Kitaev, Kaiser and Levskaya",
      title: "Reformer: The Efficient Transformer",
      ...{ year: 2020, section: "2", url: "https://arxiv.org/abs/2001.04451" },
    },
  ],
};

async function lookAt(
  model: CausalLanguageModel,
  { way, trained }: { way: Way; trained: boolean },
): Promise<Look> {
  const tokens = tensor2d([tokensOf(SENTENCE)], undefined, "int32");
  try {
    const scores = await rawScores(model, tokens);
    const [first] = await mapsOf(model, tokens);
    const own = first![0]!.flatMap((head) => head.slice(1).map((row, n) => row[n + 1]!));
    return { ...shapeOf(scores), way, trained, scores: scores[0]!, self: mean(own) };
  } finally {
    tokens.dispose();
  }
}

function resultsOf({ trained }: VariantsResult, looks: readonly Look[]): Results {
  const sentence = SENTENCE.split(" ");
  const whenOf = ({ trained }: Look) =>
    trained ? text("trained", "训练后") : text("untrained", "训练前");
  return {
    numbers: [
      ...trained.flatMap(({ variant, heldOut, parameters }) => [
        {
          name: `loss-${variant.name}`,
          label: text(`loss, ${variant.label.en}`, `损失，${variant.label.zh}`),
          ...{ value: mean(heldOut), unit: "nat" },
        },
        {
          name: `parameters-${variant.name}`,
          label: text(`parameters, ${variant.label.en}`, `参数个数，${variant.label.zh}`),
          value: parameters,
        },
      ]),
    ],
    series: curvesOf(trained),
    matrices: looks.map((look) => ({
      name: `scores-${look.way}-${look.trained ? "trained" : "untrained"}`,
      label: text(
        `raw scores of the first head, ${labels[look.way].en}, ${whenOf(look).en}`,
        `第一个头的原始分数，${labels[look.way].zh}，${whenOf(look).zh}`,
      ),
      ...{ rows: sentence, columns: sentence, values: look.scores },
    })),
    tables: [
      {
        name: "shape",
        label: text("the scores of the first layer", "第一层的分数"),
        columns: [
          text("", ""),
          text("asymmetry ‖S − Sᵀ‖ / ‖S + Sᵀ‖", "不对称程度 ‖S − Sᵀ‖ / ‖S + Sᵀ‖"),
          text("rows with the diagonal greatest", "对角线最大的行"),
          text("weight on a word itself", "给词自身的权重"),
        ],
        rows: looks.map((look) => [
          text(
            `${labels[look.way].en}, ${whenOf(look).en}`,
            `${labels[look.way].zh}，${whenOf(look).zh}`,
          ),
          short(look.asymmetry),
          percent(look.diagonal),
          percent(look.self),
        ]),
      },
    ],
    findings: [],
  };
}

function findingsOf({ trained }: VariantsResult, looks: readonly Look[]): Finding[] {
  const [separate, shared] = trained.map(({ heldOut }) => mean(heldOut)) as [number, number];
  const verdict = verdictOf(trained[1]!, trained[0]!);
  const cost = short(Math.abs(shared - separate));
  const said =
    shared > separate
      ? text(
          `Sharing costs ${cost} nats a token in the mean (${verdict.text.en})`,
          `共用投影平均每词元多 ${cost} 奈特的损失（${verdict.text.zh}）`,
        )
      : text(
          `Sharing is lower by ${cost} nats a token in the mean here (${verdict.text.en})`,
          `在这里共用投影的平均损失反而低 ${cost} 奈特（${verdict.text.zh}）`,
        );
  const seen = (way: Way) => looks.find((look) => look.way === way && look.trained)!;
  const [one, two] = [seen("shared"), seen("separate")];
  return [
    {
      text: text(
        `With K = Q the raw scores are symmetric (asymmetry ${short(one.asymmetry)}, against ${short(two.asymmetry)} with two projections), and the greatest score is a word's own in ${percent(one.diagonal)} of the rows (${percent(two.diagonal)}).`,
        `K = Q 时原始分数是对称的（不对称程度 ${short(one.asymmetry)}，两个投影时为 ${short(two.asymmetry)}），${percent(one.diagonal)} 的行里最大的分数是词自身（两个投影时 ${percent(two.diagonal)}）。`,
      ),
    },
    {
      text: text(
        `${said.en}: ${short(shared, 4)} against ${short(separate, 4)}, with ${trained[0]!.parameters - trained[1]!.parameters} parameters fewer of ${trained[0]!.parameters}.`,
        `${said.zh}：${short(shared, 4)} 对 ${short(separate, 4)}；参数少 ${trained[0]!.parameters - trained[1]!.parameters} 个（共 ${trained[0]!.parameters} 个）。`,
      ),
      contradicts: verdict.enough && verdict.kind !== "higher",
    },
  ];
}
