import { type Finding, type Results, type Text, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { binned, ending, seriesOfRuns } from "../measures/curves";

/** What came of one way to ask. */
export interface Asked {
  readonly name: string;
  readonly label: Text;
  /** Of training, by step. */
  readonly losses: readonly number[];
  /** On new sentences, at words that are hidden by [mask], shown as they are, or exchanged. */
  readonly hidden: number;
  readonly kept: number;
  readonly exchanged: number;
}

/** @param best The least mean loss that is possible at hidden words. */
export function maskedWordsResults(found: readonly Asked[], best: number): Results {
  const places = found.map((_, n) => n);
  const { x } = binned(found[0]!.losses);
  return {
    numbers: [
      ...found.flatMap(({ name, label, losses, hidden }) => [
        {
          name: `reported-${name}`,
          label: text(`${label.en}: loss at the end of training`, `${label.zh}：训练结束时的损失`),
          ...{ value: ending(losses), unit: "nat" },
        },
        {
          name: `hidden-${name}`,
          label: text(`${label.en}: loss at hidden words`, `${label.zh}：被遮住的词的损失`),
          ...{ value: hidden, unit: "nat" },
        },
      ]),
      {
        ...{ name: "best", value: best, unit: "nat" },
        label: text("the least that is possible at hidden words", "被遮住的词可能的最小损失"),
      },
    ],
    series: [
      ...found.map(({ name, label, losses }) =>
        seriesOfRuns({ name: `loss-${name}`, label }, [losses]),
      ),
      {
        name: "best",
        label: text("the least that is possible", "可能的最小损失"),
        ...{ x, y: x.map(() => best) },
      },
      {
        ...{ name: "reported", label: text("what training reports", "训练报告的损失"), x: places },
        y: found.map(({ losses }) => ending(losses)),
      },
      {
        ...{ name: "hidden", label: text("hidden by [mask]", "用 [mask] 遮住"), x: places },
        y: found.map(({ hidden }) => hidden),
      },
      {
        name: "best-of-each",
        label: text("the least that is possible", "可能的最小损失"),
        ...{ x: places, y: places.map(() => best) },
      },
      {
        ...{ name: "kept", label: text("shown as it is", "原样"), x: places },
        y: found.map(({ kept }) => kept),
      },
      {
        ...{ name: "exchanged", label: text("exchanged for another", "换成别的词"), x: places },
        y: found.map(({ exchanged }) => exchanged),
      },
    ],
    findings: findingsOf(found, best),
  };
}

function findingsOf(found: readonly Asked[], best: number): Finding[] {
  const by = (name: string) => found.find((one) => one.name === name)!;
  const [usual, all, leaking, both, causal, asksAll] = [
    ...["bert", "all-masked", "attention-only", "both", "causal", "asks-all"],
  ].map(by) as [Asked, Asked, Asked, Asked, Asked, Asked];
  const impossible = ending(leaking.losses) < best;
  const harmless = both.hidden - usual.hidden < 0.05;
  return [
    {
      text: text(
        `Where only attention hides the words, training reports ${short(ending(leaking.losses))} nats${impossible ? `, less than the ${short(best)} that are possible: each word reads itself in its own residual stream` : ""}. Asked for a word that is really hidden, that model loses ${short(leaking.hidden)}, BERT's ${short(usual.hidden)}.`,
        `只用注意力遮住词时，训练报告 ${short(ending(leaking.losses))} 奈特${impossible ? `，低于可能的最小值 ${short(best)}：每个词都能从自己的残差流里读到自己` : ""}。真正遮住词来问，该模型损失 ${short(leaking.hidden)}，BERT 的做法为 ${short(usual.hidden)}。`,
      ),
    },
    {
      contradicts: !harmless,
      text: harmless
        ? text(
            `With [mask] in their place it does no harm if attention hides the words too: ${short(both.hidden)} nats.`,
            `词已换成 [mask] 时，注意力再遮住它们也无妨：${short(both.hidden)} 奈特。`,
          )
        : text(
            `If attention hides the [mask]s too in training, and does not in use, hidden words cost ${short(both.hidden)} nats: the others have never seen a [mask].`,
            `训练时注意力也遮住 [mask]、使用时不遮，被遮住的词损失为 ${short(both.hidden)} 奈特：其他词从未见过 [mask]。`,
          ),
    },
    {
      text: text(
        `A causal mask takes the words after it away: ${short(causal.hidden)} nats at hidden words. Asking for every word makes the reported loss look good (${short(ending(asksAll.losses))}), since most are copied; at hidden words it is ${short(asksAll.hidden)}.`,
        `因果掩码拿走了后面的词：被遮住的词损失 ${short(causal.hidden)} 奈特。每个词都要预测会让报告的损失好看（${short(ending(asksAll.losses))}），因为多数词只需照抄；被遮住的词则为 ${short(asksAll.hidden)}。`,
      ),
    },
    {
      text: text(
        `Why 10 % stay and 10 % are exchanged: at a word that is shown as it is, 100/0/0 loses ${short(all.kept)} nats and 80/10/10 ${short(usual.kept)}; at an exchanged one ${short(all.exchanged)} and ${short(usual.exchanged)}.`,
        `为什么 10% 不变、10% 换词：对原样出现的词，100/0/0 损失 ${short(all.kept)} 奈特，80/10/10 为 ${short(usual.kept)}；对换成别的词的位置，分别为 ${short(all.exchanged)} 和 ${short(usual.exchanged)}。`,
      ),
    },
  ];
}
