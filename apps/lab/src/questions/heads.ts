import { Rng } from "@tx/core";
import type { CausalLanguageModel } from "@tx/model";
import { type Experiment, type Matrix, type Results, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { headDistance } from "../measures/head-distance";
import { letters, lettersBefore, offsets, randomLetters } from "../measures/letters-before";
import { mapsOf, smallModel } from "../measures/small-model";
import {
  heldOutOf,
  type Trained,
  trainVariants,
  type VariantsResult,
  verdictOf,
} from "../measures/train-variants";
import { runsParameter, stepsParameter } from "../measures/training-parameters";

const HEADS = [1, 2, 4, 8, 16];
const [D_MODEL, LAYERS, LENGTH] = [32, 1, 24];
/** Whose maps are shown. */
const SHOWN = 4;

/** Distances of run 0, by number of heads, and the maps that are shown. */
interface Looks {
  readonly distances: Map<number, number>;
  maps: number[][][];
  /** The letters of the maps. */
  row: string[];
}

export const heads: Experiment = {
  id: "heads",
  question: 1,
  parameters: [stepsParameter(400), runsParameter(3)],
  smallest: { steps: 5, runs: 1 },
  seconds: 50,

  async *run(values, { seed }) {
    const looks: Looks = { distances: new Map(), maps: [], row: [] };
    const result = yield* trainVariants({
      variants: HEADS.map((count) => ({
        name: String(count),
        label: text(count === 1 ? "1 head" : `${count} heads`, `${count} 个头`),
        model: (rng) =>
          smallModel({
            ...{ vocabSize: letters.length, dModel: D_MODEL, layers: LAYERS, maxLen: LENGTH, rng },
            classes: offsets.length * letters.length,
            attention: () => ({ heads: count }),
          }),
      })),
      ...{ runs: numberOf(values, "runs"), steps: numberOf(values, "steps") },
      ...{ length: LENGTH, seed, task: lettersBefore },
      look: (model, { name }, run) => lookAt(model, { heads: Number(name), run, seed, looks }),
      partial: (trained) => resultsOf({ trained, floor: 0 }, looks),
    });
    return { ...resultsOf(result, looks), findings: findingsOf(result, looks) };
  },

  plots: ({ matrices = [] }) => [
    {
      ...{ kind: "lines", name: "loss", marked: true, series: ["loss"] },
      title: text(
        "loss after training, mean and range of the runs",
        "训练后的损失：各次训练的平均值与范围",
      ),
      x: { label: text("heads", "头数"), log: true },
      y: { label: text("held-out loss, nats a letter", "留出损失（奈特/字母）") },
    },
    {
      ...{ kind: "lines", name: "distance", marked: true },
      title: text("how much heads look at different letters", "各个头关注不同字母的程度"),
      x: { label: text("heads", "头数"), log: true },
      y: {
        label: text(
          "mean distance of two heads' maps, 0 to 1",
          "两个头的注意力图的平均距离（0 到 1）",
        ),
        from: 0,
      },
      series: ["distance"],
    },
    ...matrices.map(({ name, label }) => ({
      ...{ kind: "heatmap" as const, name, matrix: name, title: label },
      x: text("attends to", "被关注的字母"),
      y: text("letter", "字母"),
    })),
  ],

  code: `import { tensor3d } from "@tensorflow/tfjs-core";
import { causal, MultiHeadAttention } from "@tx/attention";
import { useBackend } from "@tx/backend";
import { countParameters, Rng } from "@tx/core";

await useBackend("simd");
const x = tensor3d(Array.from({ length: 48 }, (_, n) => Math.sin(n * n)), [1, 3, 16]);
for (const heads of [1, 4, 16]) {
  const attention = new MultiHeadAttention({ dModel: 16, heads, rng: new Rng(1) });
  const { weights } = attention.forward(x, { mask: causal(), returnWeights: true });
  console.log(\`\${countParameters(attention)} parameters, maps \${weights.shape}\`);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "3.2.2, table 3 (A)", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Michel, Levy and Neubig",
      title: "Are Sixteen Heads Really Better than One?",
      ...{ year: 2019, url: "https://arxiv.org/abs/1905.10650" },
    },
  ],
};

async function lookAt(
  model: CausalLanguageModel,
  { heads: count, run, seed, looks }: { heads: number; run: number; seed: number; looks: Looks },
): Promise<void> {
  if (run > 0) return;
  const tokens = randomLetters(1, LENGTH, new Rng(seed));
  try {
    const maps = await mapsOf(model, tokens);
    if (count > 1) looks.distances.set(count, headDistance(maps[0]!));
    if (count === SHOWN) {
      looks.maps = maps[0]![0]!;
      looks.row = [...(await tokens.data())].map((id) => letters[id]!);
    }
  } finally {
    tokens.dispose();
  }
}

function resultsOf({ trained }: VariantsResult, { distances, maps, row }: Looks): Results {
  const counts = trained.map(({ variant }) => Number(variant.name));
  const several = [...distances.keys()];
  const matrices = maps.map(
    (values, head): Matrix => ({
      name: `map-${head + 1}`,
      label: text(
        `head ${head + 1} of ${SHOWN}, trained`,
        `训练后的第 ${head + 1} 个头（共 ${SHOWN} 个）`,
      ),
      ...{ rows: row, columns: row, values },
    }),
  );
  const series = [
    heldOutOf(trained, { name: "loss", label: text("held out", "留出集"), x: counts }),
    {
      name: "distance",
      label: text("between two heads", "两个头之间"),
      ...{ x: several, y: several.map((count) => distances.get(count)!) },
    },
  ];
  const numbers = trained.map(({ variant, heldOut }) => ({
    name: `loss-${variant.name}`,
    label: text(`loss with ${variant.label.en}`, `${variant.label.zh}的损失`),
    ...{ value: mean(heldOut), unit: "nat" },
  }));
  const parameters = trained.map(({ variant, parameters }) => ({
    name: `parameters-${variant.name}`,
    label: text(`parameters with ${variant.label.en}`, `${variant.label.zh}的参数个数`),
    value: parameters,
  }));
  return { numbers: [...numbers, ...parameters], series, matrices, findings: [] };
}

function findingsOf({ trained }: VariantsResult, { distances }: Looks): Results["findings"] {
  const lossOf = ({ heldOut }: Trained) => mean(heldOut);
  const best = trained.reduce((least, each) => (lossOf(each) < lossOf(least) ? each : least));
  const [one, most] = [trained[0]!, trained.at(-1)!];
  const [bestHeads, mostHeads] = [Number(best.variant.name), Number(most.variant.name)];
  const verdict = verdictOf(best, one);
  const several = best !== one && verdict.kind === "lower";
  const compared =
    best === one
      ? text("No other number of heads ends lower.", "没有其他头数更低。")
      : text(`Against one head: ${verdict.text.en}.`, `与单头相比：${verdict.text.zh}。`);
  const tooMany = best !== most && verdictOf(best, most).kind === "lower";
  const [fewest, largest] = [2, mostHeads].map((count) => distances.get(count)!) as [
    number,
    number,
  ];
  const same = new Set(trained.map(({ parameters }) => parameters)).size === 1;
  return [
    {
      text: text(
        `Lowest loss with ${best.variant.label.en}: ${short(lossOf(best))} nats a letter${best === one ? "" : `, against ${short(lossOf(one))} with one head`} (${offsets.length} letters are asked for at each place; guessing: ${short(Math.log(letters.length))}). ${compared.en}`,
        `损失最低的是 ${bestHeads} 个头：每个字母 ${short(lossOf(best))} 奈特${best === one ? "" : `，单头为 ${short(lossOf(one))}`}（每处要答出 ${offsets.length} 个字母；瞎猜为 ${short(Math.log(letters.length))}）。${compared.zh}`,
      ),
      contradicts: !several && verdict.enough,
    },
    {
      text: text(
        `${tooMany ? "More is not always better" : "The most heads lose nothing by it here"}: ${mostHeads} heads of ${D_MODEL / mostHeads} features end at ${short(lossOf(most))}.`,
        `${tooMany ? "头并非越多越好" : "头最多时在这里也并无损失"}：${mostHeads} 个头（每个 ${D_MODEL / mostHeads} 维）的损失为 ${short(lossOf(most))}。`,
      ),
    },
    {
      text: text(
        `${same ? "All have the same number of parameters" : "The numbers of parameters differ"} (${one.parameters}). Two heads' maps differ by ${short(fewest)} on average where there are 2 heads, and by ${short(largest)} where there are ${mostHeads} (0: the same; 1: nothing in common).`,
        `${same ? "所有设置的参数个数相同" : "参数个数不同"}（${one.parameters}）。两个头的注意力图的平均距离：2 个头时为 ${short(fewest)}，${mostHeads} 个头时为 ${short(largest)}（0 表示完全相同，1 表示毫无重叠）。`,
      ),
    },
  ];
}
