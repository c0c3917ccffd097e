import { Rng } from "@tx/core";
import { type Experiment, type Results, type Text, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { median, quantile } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { type ScalingDraws, scalingDraws } from "../measures/scaling-draws";
import { FEW, type Setting, scalingFindings } from "./scaling-findings";

/** Widths of the curve over d_k. */
const WIDTHS = [4, 16, 64, 256, 1024];
const ways = ["unscaled", "scaled"] as const;
const wayLabels = {
  unscaled: text("unscaled", "不缩放"),
  scaled: text("divided by √d_k", "除以 √d_k"),
};

export const scaling: Experiment = {
  id: "scaling",
  question: 4,
  parameters: [
    {
      ...{ kind: "number", name: "keys", label: text("keys", "键的个数") },
      ...{ min: 2, max: 200, step: 1, default: 50 },
    },
    {
      ...{ kind: "number", name: "small", label: text("smaller d_k", "较小的 d_k") },
      ...{ min: 2, max: 500, step: 1, default: 100 },
    },
    {
      ...{ kind: "number", name: "large", label: text("larger d_k", "较大的 d_k") },
      ...{ min: 2, max: 2000, step: 1, default: 1000 },
    },
    {
      ...{ kind: "number", name: "draws", label: text("draws", "抽样次数") },
      ...{ min: 5, max: 2000, step: 5, default: 400, log: true },
    },
  ],
  smallest: { keys: 50, small: 100, large: 1000, draws: 20 },
  seconds: 3,

  async *run(values, { seed }) {
    const rng = new Rng(seed);
    const [keys, draws] = [numberOf(values, "keys"), numberOf(values, "draws")];
    const widths = [numberOf(values, "small"), numberOf(values, "large")];
    const fewer = Math.max(FEW, Math.round(draws / 4));
    const work = [
      ...widths.map((headDim) => ({ headDim, draws, curve: false })),
      ...WIDTHS.map((headDim) => ({ headDim, draws: fewer, curve: true })),
    ];
    const cost = ({ headDim, draws }: { headDim: number; draws: number }) => (headDim + 50) * draws;
    const of = work.reduce((sum, part) => sum + cost(part), 0);
    const settings: Setting[] = [];
    const curve: Setting[] = [];
    let before = 0;
    for (const part of work) {
      const { headDim } = part;
      const parts = scalingDraws({ draws: part.draws, keys, headDim }, rng);
      try {
        let step = await parts.next();
        for (; !step.done; step = await parts.next()) {
          const partial = resultsOf(settings, curve);
          const done = before + cost({ headDim, draws: step.value });
          yield { done, of, note: text(`d_k = ${headDim}`, `d_k = ${headDim}`), partial };
        }
        (part.curve ? curve : settings).push({ headDim, draws: step.value });
      } finally {
        await parts.return(undefined as never);
      }
      before += cost(part);
    }
    return { ...resultsOf(settings, curve), findings: scalingFindings(settings, keys) };
  },

  plots: (results) => {
    const categories = categoriesOf(results);
    const across = { label: text("", "") };
    const entry = {
      label: text("largest absolute entry of the Jacobian", "雅可比矩阵绝对值最大的元素"),
      log: true,
    };
    return [
      {
        ...{ kind: "scatter", name: "few", categories, x: across, y: entry },
        title: text(
          `${FEW} draws, as in the source of the question`,
          `${FEW} 次抽样，与题目出处相同`,
        ),
        series: ways.map((way) => `few-${way}`),
      },
      {
        ...{ kind: "scatter", name: "many", categories, x: across, y: entry },
        title: text("all draws", "全部抽样"),
        series: ways.map((way) => `many-${way}`),
      },
      {
        ...{ kind: "lines", name: "curve", marked: true, y: entry },
        title: text(
          "over the width: median, and the band of 5 to 95 %",
          "随 d_k 变化：中位数与 5% 至 95% 的范围",
        ),
        x: { label: text("d_k", "d_k"), log: true },
        series: ways.map((way) => `curve-${way}`),
      },
      {
        ...{ kind: "scatter", name: "gradient", categories, x: across },
        title: text(
          "the gradient that our attention gives its query, all draws",
          "经过我们的注意力传回查询的梯度，全部抽样",
        ),
        y: { label: text("norm of the gradient at the query", "查询处的梯度范数"), log: true },
        series: ways.map((way) => `gradient-${way}`),
      },
    ];
  },

  code: `import { grad, max, norm, randomNormal, sum, type Tensor4D } from "@tensorflow/tfjs-core";
import { attendHeads, scaledDotProduct } from "@tx/attention";
import { useBackend } from "@tx/backend";
import { registerGradients } from "@tx/core";

await useBackend("simd");
registerGradients();
const [keys, headDim] = [50, 1000];
const draw = (rows: number, width: number, seed: number): Tensor4D =>
  randomNormal([1, 1, rows, width], 0, 1, "float32", seed);
const [query, key, value] = [draw(1, headDim, 1), draw(keys, headDim, 2), draw(keys, 1, 3)];
for (const scale of [1, 1 / Math.sqrt(headDim)]) {
  const score = scaledDotProduct({ scale });
  const { weights } = attendHeads(query, key, value, { score, returnWeights: true });
  const gradient = grad((q) => sum(attendHeads(q as Tensor4D, key, value, { score })))(query);
  console.log(\`largest weight \${max(weights).dataSync()[0]}, gradient \${norm(gradient).dataSync()[0]}\`);
}`,

  references: [
    {
      authors: "Vaswani et al.",
      title: "Attention Is All You Need",
      ...{ year: 2017, section: "3.2.1", url: "https://arxiv.org/abs/1706.03762" },
    },
  ],
};

function resultsOf(settings: readonly Setting[], curve: readonly Setting[]): Results {
  const scattered = (
    { name, count }: { name: string; count?: number },
    pick: keyof ScalingDraws["scaled"],
  ) =>
    ways.map((way, n) => {
      const x: number[] = [];
      const y: number[] = [];
      for (const [place, { draws }] of settings.entries()) {
        const shown = draws[way][pick].slice(0, count);
        y.push(...shown);
        // Side by side in the order in which they were drawn, so that they do not hide each other.
        x.push(
          ...shown.map((_, draw) => 2 * place + n + 0.6 * ((draw + 0.5) / shown.length - 0.5)),
        );
      }
      return { name: `${name}-${way}`, label: wayLabels[way], x, y };
    });
  return {
    numbers: settings.flatMap(({ headDim, draws }) =>
      ways.flatMap((way) => [
        ...[0.05, 0.5, 0.95].map((share) => ({
          name: `jacobian-${way}-${headDim}-${100 * share}`,
          label: labelled(way, headDim, [
            `largest entry, ${100 * share} % quantile`,
            `最大元素，${100 * share}% 分位数`,
          ]),
          value: quantile(draws[way].jacobian, share),
        })),
        {
          name: `gradient-${way}-${headDim}`,
          label: labelled(way, headDim, ["median gradient norm", "梯度范数的中位数"]),
          value: median(draws[way].gradient),
        },
      ]),
    ),
    series: [
      ...scattered({ name: "few", count: FEW }, "jacobian"),
      ...scattered({ name: "many" }, "jacobian"),
      ...scattered({ name: "gradient" }, "gradient"),
      ...ways.map((way) => {
        const at = (share: number) =>
          curve.map(({ draws }) => quantile(draws[way].jacobian, share));
        return {
          name: `curve-${way}`,
          label: wayLabels[way],
          x: curve.map(({ headDim }) => headDim),
          ...{ y: at(0.5), low: at(0.05), high: at(0.95) },
        };
      }),
    ],
    tables: [
      {
        name: "draws",
        label: text("the draws, side by side", "各次抽样的对比"),
        columns: [
          text("setting", "设置"),
          text(`smallest of the first ${FEW}`, `前 ${FEW} 次中的最小值`),
          text(`largest of the first ${FEW}`, `前 ${FEW} 次中的最大值`),
          ...[5, 50, 95].map((share) => text(`${share} % quantile`, `${share}% 分位数`)),
          text("median gradient", "梯度中位数"),
        ],
        rows: settings.flatMap(({ headDim, draws }) =>
          ways.map((way) => {
            const { jacobian, gradient } = draws[way];
            const first = jacobian.slice(0, FEW);
            return [
              categoryOf(way, headDim),
              ...[Math.min(...first), Math.max(...first)].map((number) => short(number)),
              ...[0.05, 0.5, 0.95].map((share) => short(quantile(jacobian, share))),
              short(median(gradient)),
            ];
          }),
        ),
      },
    ],
    findings: [],
  };
}

/** The settings in the order of the places in the scatter plots, as far as there are any. */
function categoriesOf({ tables }: Results): Text[] {
  return (tables?.[0]?.rows ?? []).map((row) => {
    const { en, zh } = row[0] as Text;
    // So that no line breaks before "d_k".
    return text(en.replace(", ", ",\n"), zh.replace("，", "，\n"));
  });
}

const categoryOf = (way: (typeof ways)[number], headDim: number): Text =>
  text(`${headDim}, ${wayLabels[way].en}`, `${headDim}，${wayLabels[way].zh}`);

const labelled = (way: (typeof ways)[number], headDim: number, [en, zh]: [string, string]) =>
  text(
    `d_k ${headDim}, ${wayLabels[way].en}: ${en}`,
    `d_k ${headDim}，${wayLabels[way].zh}：${zh}`,
  );
