import { type Finding, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { differenceOf, ofRuns, ranged } from "../measures/differences";
import { listed, spaced } from "../measures/sentence";
import { excessAt, type Measured, timeOf } from "./encodings-measured";

/** What a longer text has to cost, in nats a token, to be worth a word. */
const WORTH = 0.05;

const named = (of: readonly Measured[]) => listed(of.map(({ label }) => label));
const trainedAt = (one: Measured) => excessAt(one, 1)!;

/** Sentences made of what was measured; what runs do not agree on is said so. */
export function encodingFindings(measured: readonly Measured[], lastAlone: number): Finding[] {
  return [
    nearestFinding(measured, lastAlone),
    ...lengthFindings(measured, lastAlone),
    refusedFinding(measured),
    wavesFinding(measured.find(({ name }) => name === "sinusoidal")!),
    timeFinding(measured),
  ];
}

function nearestFinding(measured: readonly Measured[], lastAlone: number): Finding {
  const trained = measured.filter((one) => timeOf(one) !== undefined);
  const ranked = [...trained].sort((a, b) => mean(trainedAt(a)) - mean(trainedAt(b)));
  const [best, worst] = [ranked[0]!, ranked.at(-1)!];
  const runs = best.runs.length;
  const alike = ranked
    .slice(1)
    .filter((one) => differenceOf(trainedAt(one), trainedAt(best)).side === "within");
  const among =
    alike.length > 0
      ? text(
          ` Against ${named(alike).en} runs do not agree that ${best.label.en} is ahead.`,
          `它是否胜过${spaced(named(alike).zh, "before")}，各次训练并不一致。`,
        )
      : text("", "");
  const [near, far] = [ranged(trainedAt(best)), ranged(trainedAt(worst))];
  return {
    text: text(
      `At the trained length ${best.label.en} comes nearest to the best possible, ${near.en} nats a token above it; ${worst.label.en} is furthest, ${far.en} (${ofRuns(runs).en}). Who knows the last token alone is ${short(lastAlone)} above it.${among.en}`,
      `在训练长度上，${spaced(best.label.zh)}编码最接近理论最优，高出 ${near.zh} 奈特/词元；${spaced(worst.label.zh)}编码最远，高出 ${far.zh}（${ofRuns(runs).zh}）。只知道上一个词元时高出 ${short(lastAlone)}。${among.zh}`,
    ),
  };
}

function lengthFindings(measured: readonly Measured[], lastAlone: number): Finding[] {
  const read = measured.filter((one) => excessAt(one, 4) !== undefined);
  const lost = (one: Measured) =>
    excessAt(one, 4)!.map((value, run) => value - trainedAt(one)[run]!);
  // Who has not learned where tokens stand loses nothing where there are more of them.
  const learned = (one: Measured) => mean(trainedAt(one)) < 0.9 * lastAlone;
  const holds = (one: Measured) => lost(one).every((value) => value < WORTH);
  const breaks = (one: Measured) => lost(one).every((value) => value >= WORTH);
  const groups = [
    {
      of: read.filter((one) => holds(one) && learned(one)),
      said: text(
        `Read at four times the length, these lose less than ${WORTH} nats a token in every run: `,
        `长度变为四倍时，每次训练损失增加都不到 ${WORTH} 奈特/词元的有：`,
      ),
    },
    {
      of: read.filter((one) => holds(one) && !learned(one)),
      said: text(
        "These lose no more there either, but have not learned to tell the places that count, and so have nothing to lose: ",
        "以下编码损失也没有增加，但它们还没学会分辨关键的位置，本来就无可损失：",
      ),
    },
    {
      of: read.filter(breaks),
      said: text("These lose more in every run: ", "每次训练损失都增加更多的有："),
    },
    {
      of: read.filter((one) => !holds(one) && !breaks(one)),
      said: text("Runs do not agree on these: ", "各次训练不一致的有："),
    },
  ];
  return groups
    .filter(({ of }) => of.length > 0)
    .map(({ of, said }) => ({
      text: text(`${said.en}${named(of).en}.`, `${said.zh}${named(of).zh}。`),
    }));
}

function refusedFinding(measured: readonly Measured[]): Finding {
  const refused = measured.filter((one) => excessAt(one, 4) === undefined);
  const stretched = ranged(
    excessAt(measured.find(({ name }) => name === "learned-stretched")!, 4)!,
  );
  return {
    text: text(
      `Longer texts are refused by ${named(refused).en}, which have no vector past the table; a learned table that is stretched has ${stretched.en} at four times the length.`,
      `${named(refused).zh}编码在表外没有向量，更长的文本会被拒绝；把可学习的表插值拉长后，四倍长度时为 ${stretched.zh}。`,
    ),
  };
}

function wavesFinding(waves: Measured): Finding {
  const [within, beyond] = [trainedAt(waves), excessAt(waves, 4)!];
  const { side, mean: more } = differenceOf(beyond, within);
  const [from, to] = [ranged(within), ranged(beyond)];
  return {
    contradicts: side === "above" && more > WORTH,
    text: text(
      `The sinusoids have a value at every place, which was hoped to carry further: their excess goes from ${from.en} to ${to.en} nats.`,
      `正弦编码在任何位置都有值，人们曾希望它能外推：实测的超出量从 ${from.zh} 变为 ${to.zh} 奈特。`,
    ),
  };
}

function timeFinding(measured: readonly Measured[]): Finding {
  const times = measured.flatMap((one) => {
    const time = timeOf(one);
    return time === undefined ? [] : [{ label: one.label, time }];
  });
  const ordered = times.sort((a, b) => a.time - b.time);
  const [fast, slow] = [ordered[0]!, ordered.at(-1)!];
  return {
    text: text(
      `A step of training takes ${short(fast.time)} ms with ${fast.label.en} and ${short(slow.time)} ms with ${slow.label.en}.`,
      `一步训练：${spaced(fast.label.zh)}用 ${short(fast.time)} 毫秒，${spaced(slow.label.zh)}用 ${short(slow.time)} 毫秒。`,
    ),
  };
}
