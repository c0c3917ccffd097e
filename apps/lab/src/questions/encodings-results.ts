import type { Finding, Results, Text } from "../experiment/experiment";
import { text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { binned, orNull } from "../measures/curves";
import { listed } from "../measures/sentence";
import type { Family } from "../measures/strategies";

/** Lengths that are read, as multiples of the trained one. */
export const FACTORS = [1, 2, 4] as const;

/** What is nearer to the best possible than this is so by chance, and has no logarithm below 0. */
const LEAST = 1e-4;

/** What a strategy came to. */
export interface Measured {
  readonly name: string;
  readonly label: Text;
  readonly family: Family;
  /** Of the strategy alone. */
  readonly parameters: number;
  /** Of a step of training; undefined where weights are another's. */
  readonly milliseconds?: number;
  /** Nats a token above the best possible, by place in the longest text that can be read. */
  readonly excess: readonly number[];
  /** The mean over the last trained length of texts of each factor; undefined where refused. */
  readonly at: readonly (number | undefined)[];
}

export function encodingResults(measured: readonly Measured[], length: number): Results {
  const nats = (value: number | undefined) => (value === undefined ? "–" : short(value));
  return {
    numbers: [
      ...measured.flatMap(({ name, label, at }) =>
        FACTORS.flatMap((factor, n) => {
          const value = at[n];
          if (value === undefined) return [];
          const of = text(
            `${label.en}, ${factor} times the length`,
            `${label.zh}，${factor} 倍长度`,
          );
          return [{ name: `${name}-${factor}`, label: of, value, unit: "nat" }];
        }),
      ),
      ...measured.flatMap(({ name, label, milliseconds }) => {
        if (milliseconds === undefined) return [];
        const of = text(`${label.en}: a step of training`, `${label.zh}：一步训练`);
        return [{ name: `time-${name}`, label: of, value: milliseconds, unit: "ms" }];
      }),
    ],
    series: [
      ...[...new Set(measured.map(({ family }) => family))].flatMap((family) => {
        const of = measured.filter((one) => one.family === family);
        return FACTORS.map((factor, n) => ({
          name: `at-${factor}-${family}`,
          label: text(`${factor} × the length`, `${factor} 倍长度`),
          x: of.map((_, category) => category),
          y: of.map(({ at }) => (at[n] === undefined ? null : Math.max(LEAST, at[n]))),
        }));
      }),
      ...measured.map(({ name, label, excess }) => {
        const { x, y } = binned(excess, Math.round((excess.length / length) * 8));
        return { name, label, x, y: y.map((one) => orNull(Math.max(LEAST, one ?? Number.NaN))) };
      }),
    ],
    tables: [
      {
        name: "strategies",
        label: text("Every strategy", "所有编码"),
        columns: [
          text("strategy", "编码"),
          text("parameters", "参数量"),
          ...FACTORS.map((factor) => text(`${factor} ×`, `${factor} 倍`)),
        ],
        rows: measured.map(({ label, parameters, at }) => [label, parameters, ...at.map(nats)]),
      },
    ],
    findings: findingsOf(measured),
  };
}

function findingsOf(measured: readonly Measured[]): Finding[] {
  const lost = ({ at }: Measured) => (at[2] ?? Number.NaN) - at[0]!;
  const held = measured.filter((one) => lost(one) < 0.05);
  const broke = measured.filter((one) => lost(one) >= 0.05);
  const refused = measured.filter(({ at }) => at[2] === undefined);
  const named = (of: readonly Measured[]) => listed(of.map(({ label }) => label));
  const by = (name: string) => measured.find((one) => one.name === name)!;
  const waves = by("sinusoidal");
  const trained = measured.filter(({ milliseconds }) => milliseconds !== undefined);
  const ordered = [...trained].sort((a, b) => a.milliseconds! - b.milliseconds!);
  const [fast, slow] = [ordered[0]!, ordered[ordered.length - 1]!];
  const ranked = [...trained].sort((a, b) => a.at[0]! - b.at[0]!);
  const [best, worst] = [ranked[0]!, ranked[ranked.length - 1]!];
  return [
    {
      text: text(
        `At the trained length ${best.label.en} comes nearest to the best possible, ${short(best.at[0]!)} nats a token above it; ${worst.label.en} is furthest, ${short(worst.at[0]!)}.`,
        `在训练长度上，${best.label.zh} 最接近理论最优，高出 ${short(best.at[0]!)} 奈特/词元；${worst.label.zh} 最远，高出 ${short(worst.at[0]!)}。`,
      ),
    },
    ...(held.length > 0
      ? [
          {
            text: text(
              `Read at four times the length, these lose less than 0.05 nats a token: ${named(held).en}.`,
              `长度变为四倍时，损失增加不到 0.05 奈特/词元的有：${named(held).zh}。`,
            ),
          },
        ]
      : []),
    ...(broke.length > 0
      ? [
          {
            text: text(
              `These lose more: ${named(broke).en}.`,
              `损失增加更多的有：${named(broke).zh}。`,
            ),
          },
        ]
      : []),
    {
      text: text(
        `${named(refused).en} have no vector past the table, so longer texts are refused; a learned table that is stretched has ${short(by("learned-stretched").at[2]!)} at four times the length.`,
        `${named(refused).zh} 在表外没有向量，更长的文本会被拒绝；把可学习的表插值拉长后，四倍长度时为 ${short(by("learned-stretched").at[2]!)}。`,
      ),
    },
    {
      contradicts: lost(waves) > 0.05,
      text: text(
        `The sinusoids have a value at every place, which was hoped to carry further: their excess goes from ${short(waves.at[0]!)} to ${short(waves.at[2]!)} nats.`,
        `正弦编码在任何位置都有值，人们曾希望它能外推：实测超出量从 ${short(waves.at[0]!)} 变为 ${short(waves.at[2]!)} 奈特。`,
      ),
    },
    {
      text: text(
        `A step of training takes ${short(fast.milliseconds!)} ms with ${fast.label.en} and ${short(slow.milliseconds!)} ms with ${slow.label.en}.`,
        `一步训练：${fast.label.zh} 用 ${short(fast.milliseconds!)} 毫秒，${slow.label.zh} 用 ${short(slow.milliseconds!)} 毫秒。`,
      ),
    },
  ];
}
