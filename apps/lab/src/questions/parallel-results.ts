import { type Finding, type Results, text } from "../experiment/experiment";
import { short } from "../experiment/format";

/** Milliseconds for the logits of a text of one length. */
export interface AtLength {
  /** Tokens. */
  readonly length: number;
  /** All in one pass, as in training. */
  readonly onePass: number;
  /** Token by token, all that is before it read again. */
  readonly again: number;
  /** Token by token with a cache. */
  readonly cached: number;
  /** Largest difference between logits of the first and of the last way. */
  readonly difference: number;
}

const labels = {
  onePass: text("one pass (training)", "一次前向（训练）"),
  again: text("token by token, no cache", "逐词元，无缓存"),
  cached: text("token by token, with a cache", "逐词元，有缓存"),
};

type Way = keyof typeof labels;
const ways = Object.keys(labels) as Way[];
const named: Readonly<Record<Way, string>> = {
  onePass: "one-pass",
  again: "again",
  cached: "cached",
};

/** How many tokens go through the model. */
const work: Readonly<Record<Way, (length: number) => number>> = {
  onePass: (length) => length,
  again: (length) => (length * (length + 1)) / 2,
  cached: (length) => length,
};

export function parallelResults(found: readonly AtLength[]): Results {
  const x = found.map(({ length }) => length);
  const last = found[found.length - 1]!;
  return {
    numbers: [
      ...ways.map((way) => ({
        name: `time-${named[way]}`,
        label: text(
          `${labels[way].en}, ${last.length} tokens`,
          `${labels[way].zh}，${last.length} 个词元`,
        ),
        ...{ value: last[way], unit: "ms" },
      })),
      {
        ...{ name: "difference", value: Math.max(...found.map(({ difference }) => difference)) },
        label: text(
          "largest difference between the logits of one pass and of cached steps",
          "一次前向与带缓存逐步计算的 logit 的最大差异",
        ),
      },
    ],
    series: [
      ...ways.map((way) => ({
        ...{ name: `time-${named[way]}`, label: labels[way], x },
        y: found.map((at) => at[way]),
      })),
      ...ways.map((way) => ({
        ...{ name: `work-${named[way]}`, label: labels[way], x, y: x.map(work[way]) },
      })),
      ...ways.map((way) => ({
        ...{ name: `steps-${named[way]}`, label: labels[way], x },
        y: x.map((length) => (way === "onePass" ? 1 : length)),
      })),
    ],
    findings: findingsOf(found, last),
  };
}

function findingsOf(found: readonly AtLength[], last: AtLength): Finding[] {
  const { length, onePass, again, cached, difference } = last;
  const first = found[0]!;
  const gain = (at: AtLength) => at.again / at.cached;
  return [
    {
      text: text(
        `All ${length} places at once take ${short(onePass)} ms; one after the other with a cache they take ${short(cached)} ms, ${short(cached / onePass)} times as long, for the same logits up to ${short(difference)}.`,
        `${length} 个位置一次算完用 ${short(onePass)} 毫秒；带缓存逐个计算用 ${short(cached)} 毫秒，是前者的 ${short(cached / onePass)} 倍，而 logit 相同，差异不超过 ${short(difference)}。`,
      ),
    },
    {
      contradicts: gain(last) < 1,
      text:
        gain(last) >= 1
          ? text(
              `Without a cache the same takes ${short(again)} ms. The cache makes it ${short(gain(last))} times as fast at ${length} tokens and ${short(gain(first))} times at ${first.length}.`,
              `不用缓存则要 ${short(again)} 毫秒。缓存在 ${length} 个词元时快 ${short(gain(last))} 倍，在 ${first.length} 个词元时快 ${short(gain(first))} 倍。`,
            )
          : text(
              `Without a cache the same takes ${short(again)} ms: on this machine and up to ${length} tokens the cache gains nothing (${short(gain(last))} times as fast).`,
              `不用缓存则要 ${short(again)} 毫秒：在这台机器上，${length} 个词元以内缓存没有带来收益（速度为 ${short(gain(last))} 倍）。`,
            ),
    },
    {
      text: text(
        `A longer text gives the steps no more to do side by side: ${length} tokens are ${length} passes that wait for each other when a text is written, and one when it is read or trained on.`,
        `写文本时，${length} 个词元就是 ${length} 次必须先后进行的前向；读文本或训练时只需一次。`,
      ),
    },
  ];
}
