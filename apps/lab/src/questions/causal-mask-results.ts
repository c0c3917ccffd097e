import { type Finding, type Results, type Text, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { wordsOf } from "../measures/cloze";
import { binned, ending, seriesOfRuns } from "../measures/curves";

/** A model that was trained with the mask or without. */
export interface Reading {
  readonly name: string;
  readonly label: Text;
  /** Of training, by step, in nats a word. */
  readonly losses: readonly number[];
  /** On new texts, read as in training. */
  readonly own: number;
  /** On new texts with later words hidden, as they are where there are none yet. */
  readonly honest: number;
  /** What the grammar itself would lose there. */
  readonly best: number;
  /** Largest change of earlier logits by the last token. */
  readonly leak: number;
  /** Words of the first text that it made. */
  readonly example: readonly number[];
  /** How many sentences it ended. */
  readonly sentences: number;
  /** Share of them that are right. */
  readonly right: number;
}

export function causalMaskResults(found: readonly Reading[]): Results {
  const [masked, unmasked] = found as [Reading, Reading];
  const { x } = binned(masked.losses);
  const places = found.map((_, n) => n);
  return {
    numbers: found.flatMap(({ name, label, own, honest, leak, right }) => [
      {
        name: `own-${name}`,
        label: text(`${label.en}: loss as trained`, `${label.zh}：按训练方式的损失`),
        ...{ value: own, unit: "nat" },
      },
      {
        name: `honest-${name}`,
        label: text(
          `${label.en}: loss where the future is hidden`,
          `${label.zh}：看不到未来时的损失`,
        ),
        ...{ value: honest, unit: "nat" },
      },
      {
        name: `leak-${name}`,
        label: text(
          `${label.en}: largest change of earlier logits by the last word`,
          `${label.zh}：最后一个词对更早位置 logit 的最大改变`,
        ),
        value: leak,
      },
      {
        name: `right-${name}`,
        label: text(`${label.en}: sentences that are right`, `${label.zh}：合乎语法的句子`),
        value: right,
      },
    ]),
    series: [
      ...found.map(({ name, label, losses }) =>
        seriesOfRuns({ name: `loss-${name}`, label }, [losses]),
      ),
      {
        name: "best",
        label: text("the least that is possible", "可能的最小损失"),
        ...{ x, y: x.map(() => masked.best) },
      },
      {
        ...{ name: "own", label: text("read as in training", "按训练方式读"), x: places },
        y: found.map(({ own }) => own),
      },
      {
        ...{ name: "honest", label: text("the future hidden", "隐藏未来"), x: places },
        y: found.map(({ honest }) => honest),
      },
      {
        ...{ name: "right", label: text("right", "合乎语法"), x: places },
        y: found.map(({ right }) => right),
      },
    ],
    tables: [
      {
        name: "said",
        label: text("What they say", "它们说了什么"),
        columns: [text("model", "模型"), text("text", "文本")],
        rows: found.map(({ label, example }) => [label, wordsOf(example)]),
      },
    ],
    findings: findingsOf(masked, unmasked),
  };
}

function findingsOf(masked: Reading, unmasked: Reading): Finding[] {
  const impossible = unmasked.own < unmasked.best;
  return [
    {
      text: impossible
        ? text(
            `Without the mask the loss on new texts is ${short(unmasked.own)} nats a word; no honest model can have less than ${short(unmasked.best)}, so it reads the answer. With the mask it is ${short(masked.own)}.`,
            `没有掩码时，新文本上的损失为 ${short(unmasked.own)} 奈特/词；任何诚实的模型都不可能低于 ${short(unmasked.best)}，它是在直接读答案。有掩码时为 ${short(masked.own)}。`,
          )
        : text(
            `Without the mask the loss on new texts is ${short(unmasked.own)} nats a word, with it ${short(masked.own)}; the least that is possible is ${short(unmasked.best)}. It has been trained for too few steps to read the answer.`,
            `没有掩码时，新文本上的损失为 ${short(unmasked.own)} 奈特/词，有掩码时为 ${short(masked.own)}；可能的最小值为 ${short(unmasked.best)}。训练步数太少，它还没学会读答案。`,
          ),
    },
    {
      text: text(
        `Where the future is hidden, as it is when a text is being written, the model without a mask loses ${short(unmasked.honest)} nats a word, the other ${short(masked.honest)} (one training of each).`,
        `写文本时未来尚不存在；隐藏未来后，无掩码的模型损失 ${short(unmasked.honest)} 奈特/词，另一个为 ${short(masked.honest)}（各训练一次）。`,
      ),
    },
    {
      text: text(
        `Of the sentences that they write ${percent(masked.right)} (of ${masked.sentences}) are right with the mask and ${percent(unmasked.right)} (of ${unmasked.sentences}) without: “${wordsOf(unmasked.example.slice(0, 10))} …” (training loss at the end ${short(ending(masked.losses))} and ${short(ending(unmasked.losses))}).`,
        `它们写出的句子中，有掩码的 ${percent(masked.right)}（共 ${masked.sentences} 句）合乎语法，无掩码的 ${percent(unmasked.right)}（共 ${unmasked.sentences} 句）：“${wordsOf(unmasked.example.slice(0, 10))} …”（最终训练损失分别为 ${short(ending(masked.losses))} 和 ${short(ending(unmasked.losses))}）。`,
      ),
    },
    {
      text: text(
        `Another last word changes the logits before it by up to ${short(unmasked.leak)} without the mask, and by ${short(masked.leak)} with it.`,
        `换掉最后一个词，无掩码时它之前的 logit 最多改变 ${short(unmasked.leak)}，有掩码时为 ${short(masked.leak)}。`,
      ),
    },
  ];
}
