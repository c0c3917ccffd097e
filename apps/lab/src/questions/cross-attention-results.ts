import { type Finding, type Matrix, type Results, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { ending, seriesOfRuns } from "../measures/curves";
import { bothLanguages, type Translation } from "../measures/translation";

/** Losses by what the decoder reads, in nats a word. */
export interface Memories {
  readonly own: number;
  /** The memory of another source. */
  readonly others: number;
  readonly zeros: number;
}

interface CrossAttentionMeasured {
  /** Of training, by step. */
  readonly losses: readonly number[];
  readonly pairs: readonly Translation[];
  readonly translated: readonly (readonly number[])[];
  readonly memories: Memories;
  /** [layer][text][head][target][source] */
  readonly maps: readonly number[][][][][];
}

/** One head of one layer, and how well it points at where words come from. */
interface Head {
  readonly layer: number;
  readonly head: number;
  /** Mean weight on the digit that a word comes from. */
  readonly weight: number;
  /** Share of words whose largest weight is on that digit. */
  readonly found: number;
}

export function crossAttentionResults(measured: CrossAttentionMeasured): Results {
  const { losses, pairs, translated, memories, maps } = measured;
  const exact = mean(pairs.map(({ target }, n) => Number(target.join() === translated[n]!.join())));
  const words = pairs.flatMap(({ target }, n) =>
    target.map((word, place) => Number(word === translated[n]![place])),
  );
  const heads = maps.flatMap((texts, layer) =>
    texts[0]!.map((_, head): Head => ({ layer, head, ...pointing(texts, head, pairs) })),
  );
  const best = heads.reduce((a, b) => (b.weight > a.weight ? b : a));
  const chance = 1 / pairs[0]!.source.length;
  return {
    numbers: [
      {
        ...{ name: "exact", value: exact },
        label: text("texts translated without a mistake", "完全译对的文本比例"),
      },
      { name: "words", value: mean(words), label: text("words that are right", "译对的词的比例") },
      {
        ...{ name: "weight", value: best.weight },
        label: text(
          "weight of the best head on the digit that a word comes from",
          "最好的头放在对应数字上的权重",
        ),
      },
      { name: "chance", value: chance, label: text("the same by chance", "随机情况下的权重") },
    ],
    series: [
      seriesOfRuns({ name: "loss", label: text("loss", "损失") }, [losses]),
      {
        ...{ name: "memories", label: text("loss", "损失"), x: [0, 1, 2] },
        y: [memories.own, memories.others, memories.zeros],
      },
    ],
    matrices: matricesOf(measured, best),
    tables: [
      {
        name: "heads",
        label: text("Heads of cross-attention", "交叉注意力的各个头"),
        columns: [
          text("layer", "层"),
          text("head", "头"),
          text("weight on the right digit", "对应数字上的权重"),
          text("largest weight there", "最大权重落在那里"),
        ],
        rows: heads.map((one) => [
          one.layer + 1,
          one.head + 1,
          short(one.weight),
          percent(one.found),
        ]),
      },
      {
        name: "examples",
        label: text("What it says itself", "模型自己的译文"),
        columns: [text("source", "源"), text("translation", "译文"), text("right", "正确答案")],
        rows: pairs
          .slice(0, 4)
          .map(({ source, target }, n) => [...[source, translated[n]!, target].map(said)]),
      },
    ],
    findings: findingsOf({ measured, exact, best, chance }),
  };
}

const said = (tokens: readonly number[]) => tokens.map((token) => bothLanguages[token]!).join(" ");

function pointing(
  texts: readonly number[][][][],
  head: number,
  pairs: readonly Translation[],
): Pick<Head, "weight" | "found"> {
  const weights: number[] = [];
  const found: number[] = [];
  for (const [n, { from }] of pairs.entries()) {
    for (const [place, source] of from.entries()) {
      if (source === undefined) continue;
      const row = texts[n]![head]![place]!;
      weights.push(row[source]!);
      found.push(Number(row[source] === Math.max(...row)));
    }
  }
  return { weight: mean(weights), found: mean(found) };
}

/** The first text's maps: the mean of all heads of each layer, and the best head. */
function matricesOf({ pairs, maps }: CrossAttentionMeasured, best: Head): Matrix[] {
  const { source, target } = pairs[0]!;
  const names = {
    rows: target.map((token) => bothLanguages[token]!),
    columns: source.map((token) => bothLanguages[token]!),
  };
  const meanOfHeads = (heads: readonly number[][][]) =>
    heads[0]!.map((row, query) => row.map((_, key) => mean(heads.map((map) => map[query]![key]!))));
  return [
    {
      ...{ name: "best-head", ...names, values: maps[best.layer]![0]![best.head]! },
      label: text(
        `Cross-attention, layer ${best.layer + 1}, head ${best.head + 1}`,
        `交叉注意力，第 ${best.layer + 1} 层第 ${best.head + 1} 个头`,
      ),
    },
    ...maps.map((texts, layer) => ({
      ...{ name: `layer-${layer + 1}`, ...names, values: meanOfHeads(texts[0]!) },
      label: text(
        `Cross-attention, layer ${layer + 1}, mean of the heads`,
        `交叉注意力，第 ${layer + 1} 层各头的平均`,
      ),
    })),
  ];
}

function findingsOf(found: {
  measured: CrossAttentionMeasured;
  exact: number;
  best: Head;
  chance: number;
}): Finding[] {
  const { measured, exact, best, chance } = found;
  const { memories, losses, pairs } = measured;
  return [
    {
      text: text(
        `After ${losses.length} steps the loss is ${short(ending(losses))} nats a word, and ${percent(exact)} of ${pairs.length} new texts are translated without a mistake.`,
        `训练 ${losses.length} 步后损失为 ${short(ending(losses))} 奈特/词，${pairs.length} 个新文本中 ${percent(exact)} 完全译对。`,
      ),
    },
    {
      text: text(
        `Nobody told it which digit a word comes from; the best head has ${percent(best.weight)} of its weight there (${percent(chance)} by chance), and its largest weight for ${percent(best.found)} of the words.`,
        `没有人告诉它每个词来自哪个数字；最好的头有 ${percent(best.weight)} 的权重在那里（随机为 ${percent(chance)}），${percent(best.found)} 的词其最大权重落在那里。`,
      ),
    },
    {
      text: text(
        `All that the decoder knows of the source comes through these keys and values: with its own source it loses ${short(memories.own)} nats a word, with another's ${short(memories.others)}, with zeros ${short(memories.zeros)}.`,
        `解码器对源序列的了解全部经由这些键和值：读自己的源序列损失 ${short(memories.own)} 奈特/词，读另一个的为 ${short(memories.others)}，全零时为 ${short(memories.zeros)}。`,
      ),
    },
  ];
}
