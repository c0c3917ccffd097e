import { Rng } from "@tx/core";
import { type Experiment, type Finding, type Results, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { leakedWeights, type PaddingWay, paddingWays } from "../measures/padding-ways";

const labels: Record<PaddingWay, ReturnType<typeof text>> = {
  add1000: text("−1000 added", "加 −1000"),
  replace1000: text("replaced by −1000", "替换为 −1000"),
  add1e9: text("−10⁹ added", "加 −10⁹"),
  mask: text("true mask", "真正的掩码"),
};
/** Standard deviations of the scores. Well-scaled ones have 1. */
const SPREADS = [1, 3, 10, 30, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000];

interface Leak {
  readonly spread: number;
  readonly weights: Float32Array;
}

interface Leaks {
  readonly bySpread: Record<PaddingWay, Leak[]>;
  /** Mean weight on padding where there is nothing else. */
  readonly allPadding: Partial<Record<PaddingWay, number>>;
}

export const padding: Experiment = {
  id: "padding",
  question: 5,
  parameters: [
    {
      ...{ kind: "number", name: "real", label: text("keys that are text", "真实词的个数") },
      ...{ min: 1, max: 100, step: 1, default: 6 },
    },
    {
      ...{ kind: "number", name: "padded", label: text("keys that are padding", "填充的个数") },
      ...{ min: 1, max: 100, step: 1, default: 18 },
    },
    {
      ...{ kind: "number", name: "headDim", label: text("d_k", "d_k") },
      ...{ min: 1, max: 256, step: 1, default: 64 },
    },
    {
      ...{ kind: "number", name: "draws", label: text("draws", "抽样次数") },
      ...{ min: 5, max: 2000, step: 5, default: 400, log: true },
    },
  ],
  smallest: { real: 6, padded: 18, headDim: 16, draws: 40 },
  seconds: 8,

  async *run(values, { seed }) {
    const sizes = {
      ...{ real: numberOf(values, "real"), padded: numberOf(values, "padded") },
      ...{ headDim: numberOf(values, "headDim"), draws: numberOf(values, "draws") },
    };
    const leaks: Leaks = {
      bySpread: { add1000: [], replace1000: [], add1e9: [], mask: [] },
      allPadding: {},
    };
    const of = (SPREADS.length + 1) * paddingWays.length;
    let done = 0;
    for (const way of paddingWays) {
      // Each way sees the same draws.
      const rng = new Rng(seed);
      for (const spread of SPREADS) {
        const weights = await leakedWeights(way, spread, sizes, rng);
        leaks.bySpread[way].push({ spread, weights });
        yield { done: ++done, of, note: labels[way], partial: resultsOf(leaks) };
      }
      const nothing = await leakedWeights(way, 1, { ...sizes, real: 0 }, rng);
      leaks.allPadding[way] = mean([...nothing]);
      yield { done: ++done, of, note: labels[way], partial: resultsOf(leaks) };
    }
    return { ...resultsOf(leaks), findings: findingsOf(leaks) };
  },

  plots: () => [
    {
      ...{ kind: "lines", name: "leak", marked: true },
      title: text(
        "weight on padding, mean and 5 to 95 % of the draws",
        "落在填充上的权重：平均值与 5% 至 95% 的范围",
      ),
      x: { label: text("standard deviation of the scores", "分数的标准差"), log: true },
      y: { label: text("share of the weight", "权重所占比例"), from: 0, to: 1 },
      series: paddingWays.map((way) => `leak-${way}`),
    },
    {
      ...{ kind: "bars", name: "nothing", series: ["nothing"] },
      title: text(
        "weight on padding in a row that is all padding",
        "整行都是填充时落在填充上的权重",
      ),
      categories: paddingWays.map((way) => labels[way]),
      y: { label: text("share of the weight", "权重所占比例"), from: 0, to: 1 },
    },
  ],

  code: `import { add, tensor1d, tensor4d } from "@tensorflow/tfjs-core";
import { attendHeads, padding, scaledDotProduct } from "@tx/attention";
import { useBackend } from "@tx/backend";

await useBackend("simd");
const query = tensor4d([1], [1, 1, 1, 1]);
const key = tensor4d([-600, 0, 600], [1, 1, 3, 1]); // the last is padding, and fits best
const dots = scaledDotProduct();
const minus1000 = { score: (q: typeof query, k: typeof key) => add(dots.forward(q, k), tensor1d([0, 0, -1000])) as typeof key };
const options = { "−1000": minus1000, "mask, one row of text": { mask: padding([2], 3) }, "mask, no text": { mask: padding([0], 3) } };
for (const [name, how] of Object.entries(options)) {
  console.log(name, attendHeads(query, key, key, { ...how, returnWeights: true }).weights.dataSync());
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.3", url: "https://arxiv.org/abs/1706.03762" },
    },
  ],
};

function resultsOf({ bySpread, allPadding }: Leaks): Results {
  const ofSorted = (weights: Float32Array, share: number) =>
    weights.slice().sort()[Math.round(share * (weights.length - 1))]!;
  return {
    numbers: paddingWays.flatMap((way) => {
      const weight = allPadding[way];
      if (weight === undefined) return [];
      return [
        {
          name: `nothing-${way}`,
          label: text(
            `weight on padding where all is padding, ${labels[way].en}`,
            `整行填充时的填充权重，${labels[way].zh}`,
          ),
          value: weight,
        },
        {
          name: `quiet-${way}`,
          label: text(
            `largest spread without any leak, ${labels[way].en}`,
            `完全不泄漏的最大标准差，${labels[way].zh}`,
          ),
          value: quietUntil(bySpread[way]),
        },
      ];
    }),
    series: [
      ...paddingWays.map((way) => ({
        name: `leak-${way}`,
        label: labels[way],
        x: bySpread[way].map(({ spread }) => spread),
        y: bySpread[way].map(({ weights }) => mean([...weights])),
        low: bySpread[way].map(({ weights }) => ofSorted(weights, 0.05)),
        high: bySpread[way].map(({ weights }) => ofSorted(weights, 0.95)),
      })),
      {
        name: "nothing",
        label: text("all padding", "整行填充"),
        x: paddingWays.map((_, n) => n),
        y: paddingWays.map((way) => allPadding[way] ?? null),
      },
    ],
    tables: [
      {
        name: "leaks",
        label: text(
          "mean weight on padding (share of draws with any)",
          "填充上的平均权重（有泄漏的抽样比例）",
        ),
        columns: [text("spread of scores", "分数标准差"), ...paddingWays.map((way) => labels[way])],
        rows: SPREADS.map((spread, n) => [
          String(spread),
          ...paddingWays.map((way) => {
            const leak = bySpread[way][n];
            return leak ? `${short(mean([...leak.weights]))} (${percent(shareAny(leak))})` : "–";
          }),
        ]),
      },
    ],
    findings: [],
  };
}

const shareAny = ({ weights }: Leak) =>
  weights.filter((weight) => weight > 0).length / weights.length;

/** The largest spread up to which no draw leaks anything. */
function quietUntil(leaks: readonly Leak[]): number {
  const first = leaks.findIndex((leak) => shareAny(leak) > 0);
  return first === -1 ? leaks.at(-1)!.spread : (leaks[first - 1]?.spread ?? 0);
}

function findingsOf({ bySpread, allPadding }: Leaks): Finding[] {
  const quiet = quietUntil(bySpread.add1000);
  const at = (way: PaddingWay, spread: number) =>
    bySpread[way].find((leak) => leak.spread === spread)!;
  const far = at("add1000", 1000);
  const [thousand, share] = [mean([...far.weights]), shareAny(far)];
  const all = (way: PaddingWay) => short(allPadding[way]!);
  return [
    {
      text: text(
        `${thousand > 0 ? "−1000 does not hide padding in general" : "−1000 hides padding here"}: where scores spread by 1000, ${percent(share)} of the draws leak, and ${percent(thousand)} of all weight lands on padding. A true mask leaks ${short(mean([...at("mask", 1000).weights]))}.`,
        `${thousand > 0 ? "−1000 并不能普遍遮住填充" : "−1000 在这里遮住了填充"}：分数标准差为 1000 时，${percent(share)} 的抽样有泄漏，全部权重的 ${percent(thousand)} 落在填充上。真正的掩码泄漏 ${short(mean([...at("mask", 1000).weights]))}。`,
      ),
      contradicts: thousand > 0,
    },
    {
      text: text(
        `Nor does it leak a little all the time: up to a spread of ${quiet} the weight on padding is exactly 0 in float32 in every draw, as with −10⁹. Scores divided by √d_k spread by about 1.`,
        `它也不会时时泄漏一点：标准差不超过 ${quiet} 时，每次抽样在 float32 下填充权重都恰为 0，与 −10⁹ 相同。除以 √d_k 后的分数标准差约为 1。`,
      ),
      contradicts: quiet >= 10,
    },
    {
      text: text(
        `In a row that is all padding every number fails, however large: the weight on padding is ${all("add1000")} with −1000 added, ${all("replace1000")} replaced, ${all("add1e9")} with −10⁹, and ${all("mask")} with the true mask, which gives zeros.`,
        `整行都是填充时，多大的数都无济于事：填充权重在加 −1000 时为 ${all("add1000")}，替换时为 ${all("replace1000")}，加 −10⁹ 时为 ${all("add1e9")}；真正的掩码为 ${all("mask")}，输出为零。`,
      ),
      contradicts: (allPadding.add1e9 ?? 0) > 0.5,
    },
  ];
}
