import { type Finding, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { differenceOf } from "../measures/differences";
import { type Dots, spreadOf } from "../measures/sinusoidal-dots";

/** How many times the trained length is read. */
export const FACTOR = 4;

/** Losses by place, a list a run: of a model trained short, and of one trained at the whole length. */
export interface Readings {
  readonly short: number[][];
  readonly long: number[][];
}

interface Measured {
  readonly dots: readonly Dots[];
  readonly readings: Readings;
  readonly length: number;
  /** What a learned table said. */
  readonly refusal: string;
}

/** Sentences made of what was measured. */
export function sinusoidalFindings({ dots, readings, length, refusal }: Measured): Finding[] {
  const raw = spreadOf(dots.map((each) => each.raw));
  const projected = spreadOf(dots.map((each) => each.projected));
  /** Mean loss of the places within and beyond the trained length, a pair a run. */
  const pairs = (way: keyof Readings) =>
    readings[way].map((losses) => ({
      // The first word of a row cannot be told from anything: it is no target; the next few are hard.
      within: mean(losses.slice(Math.floor(length / 2), length)),
      beyond: mean(losses.slice(length)),
    }));
  const [shorter, longer] = [pairs("short"), pairs("long")];
  const of = (all: { within: number; beyond: number }[], place: "within" | "beyond") =>
    mean(all.map((each) => each[place]));
  const gaps = (all: { within: number; beyond: number }[]) =>
    all.map(({ within, beyond }) => beyond - within);
  const { side, mean: more, runs } = differenceOf(gaps(shorter), gaps(longer));
  const follows = {
    above: text("the model does not follow it", "模型却跟不上"),
    below: text("and the model follows it here", "模型在这里也跟得上"),
    within: text(
      "and runs do not agree on whether the model does",
      "模型是否跟得上，各次训练并不一致",
    ),
    // Of too few runs only what they came to.
    few:
      more > 0
        ? text("the model did not", "模型没有跟上")
        : text("and the model did", "模型也跟上了"),
  }[side];
  return [
    {
      text: text(
        `The dot product of two encodings depends on their distance only: from positions ${dots.map(({ start }) => start).join(", ")} the curves differ by at most ${short(raw)} of the largest value.`,
        `两个位置编码的点积只取决于距离：从位置 ${dots.map(({ start }) => start).join("、")} 起的曲线最多相差最大值的 ${short(raw)}。`,
      ),
      contradicts: raw > 1e-3,
    },
    {
      text: text(
        `That is so before query and key are projected. After random projections the same curves differ by ${percent(projected)} of the largest value: attention sees absolute positions too.`,
        `但这只在查询与键投影之前成立。经随机投影后，这些曲线相差最大值的 ${percent(projected)}：注意力也看得到绝对位置。`,
      ),
      contradicts: projected > 0.05,
    },
    {
      text: text(
        `The formula goes on past the trained length, ${follows.en}: trained with ${length} tokens its loss goes from ${short(of(shorter, "within"))} within to ${short(of(shorter, "beyond"))} beyond (${FACTOR} times as long), while one that was trained at that length goes from ${short(of(longer, "within"))} to ${short(of(longer, "beyond"))} (${runs === 1 ? "one run" : `means of ${runs} runs`}).`,
        `公式可以延伸到训练长度之外，${follows.zh}：用 ${length} 个词元训练的模型，损失从长度之内的 ${short(of(shorter, "within"))} 变为之外（${FACTOR} 倍长）的 ${short(of(shorter, "beyond"))}；直接以该长度训练的模型则从 ${short(of(longer, "within"))} 变为 ${short(of(longer, "beyond"))}（${runs === 1 ? "仅一次训练" : `${runs} 次训练的平均`}）。`,
      ),
      contradicts: side === "above",
    },
    {
      text: text(
        `A learned table refuses instead: “${refusal}”.`,
        `可学习的位置表则直接拒绝：“${refusal}”。`,
      ),
    },
  ];
}
