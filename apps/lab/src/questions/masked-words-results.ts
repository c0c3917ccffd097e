import { type Finding, type Results, type Text, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { binned, ending, seriesOfBars, seriesOfRuns } from "../measures/curves";
import { differenceOf, ofRuns, ranged } from "../measures/differences";

/** A training of one way to ask. */
interface AskedRun {
  /** Of training, by step. */
  readonly losses: readonly number[];
  /** On new sentences, at words that are hidden by [mask], shown as they are, or exchanged. */
  readonly hidden: number;
  readonly kept: number;
  readonly exchanged: number;
}

/** What came of one way to ask. */
export interface Asked {
  readonly name: string;
  readonly label: Text;
  readonly runs: readonly AskedRun[];
}

type Place = "hidden" | "kept" | "exchanged";
const at = ({ runs }: Asked, place: Place) => runs.map((run) => run[place]);
const reported = ({ runs }: Asked) => runs.map(({ losses }) => ending(losses));

/** @param best The least mean loss that is possible at hidden words. */
export function maskedWordsResults(found: readonly Asked[], best: number): Results {
  const places = found.map((_, n) => n);
  const { x } = binned(found[0]!.runs[0]!.losses);
  return {
    numbers: [
      ...found.flatMap((one) => [
        {
          name: `reported-${one.name}`,
          label: text(
            `${one.label.en}: loss at the end of training`,
            `${one.label.zh}：训练结束时的损失`,
          ),
          ...{ value: mean(reported(one)), unit: "nat" },
        },
        {
          name: `hidden-${one.name}`,
          label: text(`${one.label.en}: loss at hidden words`, `${one.label.zh}：被遮住的词的损失`),
          ...{ value: mean(at(one, "hidden")), unit: "nat" },
        },
      ]),
      {
        ...{ name: "best", value: best, unit: "nat" },
        label: text("the least that is possible at hidden words", "被遮住的词可能的最小损失"),
      },
    ],
    series: [
      ...found.map(({ name, label, runs }) =>
        seriesOfRuns(
          { name: `loss-${name}`, label },
          runs.map(({ losses }) => losses),
        ),
      ),
      {
        name: "best",
        label: text("the least that is possible", "可能的最小损失"),
        ...{ x, y: x.map(() => best) },
      },
      seriesOfBars(
        { name: "reported", label: text("what training reports", "训练报告的损失") },
        found.map(reported),
      ),
      seriesOfBars(
        { name: "hidden", label: text("hidden by [mask]", "用 [mask] 遮住") },
        found.map((one) => at(one, "hidden")),
      ),
      {
        name: "best-of-each",
        label: text("the least that is possible", "可能的最小损失"),
        ...{ x: places, y: places.map(() => best) },
      },
      seriesOfBars(
        { name: "kept", label: text("shown as it is", "原样") },
        found.map((one) => at(one, "kept")),
      ),
      seriesOfBars(
        { name: "exchanged", label: text("exchanged for another", "换成别的词") },
        found.map((one) => at(one, "exchanged")),
      ),
    ],
    findings: findingsOf(found, best),
  };
}

function findingsOf(found: readonly Asked[], best: number): Finding[] {
  const by = (name: string) => found.find((one) => one.name === name)!;
  const [usual, all, leaking, both, causal, asksAll] = [
    ...["bert", "all-masked", "attention-only", "both", "causal", "asks-all"],
  ].map(by) as [Asked, Asked, Asked, Asked, Asked, Asked];
  const impossible = Math.max(...reported(leaking)) < best;
  const said = (one: Asked, place: Place) => ranged(at(one, place));
  const against = (one: Asked, other: Asked) =>
    differenceOf(at(one, "hidden"), at(other, "hidden")).side;
  const harm = {
    above: text(
      "more than without in every run: the others have never seen a [mask]",
      "每次训练都比不遮时多：其他词从未见过 [mask]",
    ),
    below: text("less than without in every run", "每次训练都比不遮时少"),
    within: text(
      "within the spread of the runs of BERT's: no harm is shown",
      "与 BERT 做法的差别在各次训练的离散范围之内：看不出害处",
    ),
    few: text("too few runs to tell it from BERT's", "次数太少，无法与 BERT 的做法区分"),
  }[against(both, usual)];
  const every = {
    above: text(", more than BERT's in every run", "，每次训练都比 BERT 的做法多"),
    below: text(", less than BERT's in every run", "，每次训练都比 BERT 的做法少"),
    within: text(
      ", within the spread of the runs of BERT's",
      "，与 BERT 做法的差别在各次训练的离散范围之内",
    ),
    few: text("", ""),
  }[against(asksAll, usual)];
  const [copied, hidden] = [ranged(reported(asksAll)), said(asksAll, "hidden")];
  const runs = ofRuns(usual.runs.length);
  return [
    {
      text: text(
        `Where only attention hides the words, training reports ${ranged(reported(leaking)).en} nats${impossible ? `, less than the ${short(best)} that are possible: each word reads itself in its own residual stream` : ""}. Asked for a word that is really hidden, that model loses ${said(leaking, "hidden").en}, BERT's ${said(usual, "hidden").en}; ${runs.en}.`,
        `只用注意力遮住词时，训练报告 ${ranged(reported(leaking)).zh} 奈特${impossible ? `，低于可能的最小值 ${short(best)}：每个词都能从自己的残差流里读到自己` : ""}。真正遮住词来问，该模型损失 ${said(leaking, "hidden").zh}，BERT 的做法为 ${said(usual, "hidden").zh}；${runs.zh}。`,
      ),
    },
    {
      contradicts: against(both, usual) === "above",
      text: text(
        `If attention hides the [mask]s too in training, and does not in use, hidden words cost ${said(both, "hidden").en} nats, ${harm.en}.`,
        `训练时注意力也遮住 [mask]、使用时不遮，被遮住的词损失为 ${said(both, "hidden").zh} 奈特，${harm.zh}。`,
      ),
    },
    {
      contradicts: against(asksAll, usual) === "below",
      text: text(
        `A causal mask takes the words after it away: ${said(causal, "hidden").en} nats at hidden words. Asking for every word makes the reported loss look good, ${copied.en}, since most are copied; at hidden words it is ${hidden.en}${every.en}.`,
        `因果掩码拿走了后面的词：被遮住的词损失 ${said(causal, "hidden").zh} 奈特。每个词都要预测会让报告的损失好看，为 ${copied.zh}，因为多数词只需照抄；被遮住的词则为 ${hidden.zh}${every.zh}。`,
      ),
    },
    {
      text: text(
        `Why 10 % stay and 10 % are exchanged: at a word that is shown as it is, 100/0/0 loses ${said(all, "kept").en} nats and 80/10/10 ${said(usual, "kept").en}; at an exchanged one ${said(all, "exchanged").en} and ${said(usual, "exchanged").en}.`,
        `为什么 10% 不变、10% 换词：对原样出现的词，100/0/0 损失 ${said(all, "kept").zh} 奈特，80/10/10 为 ${said(usual, "kept").zh}；对换成别的词的位置，分别为 ${said(all, "exchanged").zh} 和 ${said(usual, "exchanged").zh}。`,
      ),
    },
  ];
}
