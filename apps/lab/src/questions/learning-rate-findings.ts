import { type Finding, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { differenceOf, ofRuns, ranged } from "../measures/differences";
import { listed } from "../measures/sentence";
import type { Dropped, LearningRateMeasured, Warmed } from "./learning-rate-results";

/** What warmup has to gain, in nats a word, to be worth a word. */
const WORTH = 0.02;

/** Sentences made of what was measured; what runs do not agree on is said so. */
export function learningRateFindings({ warmed, dropped }: LearningRateMeasured): Finding[] {
  return [...warmupFindings(warmed), ...dropoutFindings(dropped)];
}

function warmupFindings(warmed: readonly Warmed[]): Finding[] {
  const rates = [...new Set(warmed.map(({ rate }) => rate))];
  const ends = (rate: number, warm: boolean) =>
    warmed.find((one) => one.rate === rate && one.warm === warm)!.ends;
  const runs = warmed[0]!.ends.length;
  const gains = rates.map((rate) => ({
    rate,
    gain: differenceOf(ends(rate, false), ends(rate, true)),
  }));
  const named = (of: typeof gains) => listed(of.map(({ rate }) => text(`${rate}`, `${rate}`)));
  const helped = gains.filter(({ gain }) => gain.side === "above" && gain.mean > WORTH);
  const harmed = gains.filter(({ gain }) => gain.side === "below" && gain.mean < -WORTH);
  const alike = gains.filter((one) => !helped.includes(one) && !harmed.includes(one));
  const sentences = [
    ...(helped.length > 0
      ? [
          text(
            `Warmup gains more than ${WORTH} nats at a peak rate of ${named(helped).en}.`,
            `峰值学习率为 ${named(helped).zh} 时，预热的收益超过 ${WORTH} 奈特。`,
          ),
        ]
      : []),
    ...(harmed.length > 0
      ? [
          text(
            `It costs more than that at ${named(harmed).en}.`,
            `为 ${named(harmed).zh} 时，预热反而多损失超过 ${WORTH} 奈特。`,
          ),
        ]
      : []),
    ...(alike.length > 0
      ? [
          text(
            `At ${named(alike).en} runs do not agree, or it is less.`,
            `为 ${named(alike).zh} 时，各次训练并不一致，或差别更小。`,
          ),
        ]
      : []),
  ];
  return [
    {
      text: text(
        `Loss on new texts without and with warmup: ${rates.map((rate) => `${ranged(ends(rate, false)).en} and ${ranged(ends(rate, true)).en} at ${rate}`).join(", ")}; ${ofRuns(runs).en}.`,
        `新文本的损失，无预热与有预热：${rates.map((rate) => `${rate} 时 ${ranged(ends(rate, false)).zh} 和 ${ranged(ends(rate, true)).zh}`).join("，")}；${ofRuns(runs).zh}。`,
      ),
    },
    ...(gains.some(({ gain }) => gain.side === "few")
      ? []
      : [
          {
            contradicts: helped.length === 0,
            text: text(
              sentences.map(({ en }) => en).join(" "),
              sentences.map(({ zh }) => zh).join(""),
            ),
          },
        ]),
  ];
}

function dropoutFindings(dropped: readonly Dropped[]): Finding[] {
  const of = ({ runs }: Dropped, what: "known" | "unknown") => runs.map((run) => run[what]);
  const none = dropped[0]!;
  const best = dropped.reduce((a, b) => (mean(of(b, "unknown")) < mean(of(a, "unknown")) ? b : a));
  const most = dropped.at(-1)!;
  const cost = most.runs.map(({ leftOn, unknown }) => mean(leftOn) - unknown);
  const apart = Math.max(
    ...most.runs.map(({ leftOn }) => Math.max(...leftOn) - Math.min(...leftOn)),
  );
  const again = Math.max(...most.runs.map(({ unknown, again }) => Math.abs(unknown - again)));
  const { side } = differenceOf(of(none, "unknown"), of(best, "unknown"));
  const agreed = {
    above: text(" (less than without in every run)", "（每次训练都比不加时少）"),
    below: text("", ""),
    within: text(" (runs do not agree)", "（各次训练并不一致）"),
    few: text("", ""),
  }[side];
  const [known, unknown] = [ranged(of(none, "known")), ranged(of(none, "unknown"))];
  const [bestKnown, bestUnknown] = [ranged(of(best, "known")), ranged(of(best, "unknown"))];
  return [
    {
      contradicts: side !== "few" && (best.dropout === 0 || side === "within"),
      text: text(
        `Trained on few texts without dropout: ${known.en} nats a word on those, ${unknown.en} on new ones. New texts lose least with dropout ${best.dropout}${agreed.en}: ${bestUnknown.en}, and ${bestKnown.en} on its own.`,
        `用少量文本、不加 dropout 训练：训练文本上 ${known.zh} 奈特/词，新文本上 ${unknown.zh}。新文本损失最小的是 dropout ${best.dropout}${agreed.zh}：${bestUnknown.zh}，其训练文本上为 ${bestKnown.zh}。`,
      ),
    },
    {
      text: text(
        `Left on in use, dropout ${most.dropout} costs ${ranged(cost).en} nats, and readings of the same texts differ by up to ${short(apart)}; in eval two readings differ by ${short(again)}.`,
        `使用时若不关闭，dropout ${most.dropout} 多损失 ${ranged(cost).zh} 奈特，而且对同样文本的多次读取最多相差 ${short(apart)}；eval 模式下两次读取相差 ${short(again)}。`,
      ),
    },
  ];
}
