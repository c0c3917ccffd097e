import { type Finding, text } from "../experiment/experiment";
import { percent, short } from "../experiment/format";
import { median, quantile } from "../experiment/statistics";
import type { ScalingDraws } from "../measures/scaling-draws";

/** All draws at one width. */
export interface Setting {
  readonly headDim: number;
  readonly draws: ScalingDraws;
}

/** As many draws as the source of the question shows. */
export const FEW = 5;

/** What the source of the question reports of five draws with 50 keys. */
const SOURCE = { keys: 50, small: 100, large: 1000, from: 0.06, to: 0.25, least: 1e-10 };

/** Sentences made of the numbers of both widths. */
export function scalingFindings(settings: readonly Setting[], keys: number): Finding[] {
  const [small, large] = settings as [Setting, Setting];
  return [
    ...settings.map(jacobianFinding),
    ...(keys === SOURCE.keys && small.headDim === SOURCE.small && large.headDim === SOURCE.large
      ? sourceFindings(small, large)
      : []),
    gradientFinding(large),
  ];
}

function jacobianFinding({ headDim, draws }: Setting): Finding {
  const range = (numbers: readonly number[]) =>
    `${short(quantile(numbers, 0.05))} – ${short(quantile(numbers, 0.95))}`;
  const [without, within] = [draws.unscaled.jacobian, draws.scaled.jacobian];
  return {
    text: text(
      `At d_k = ${headDim} the largest entry of the Jacobian has a median of ${short(median(without))} without the factor (5 to 95 %: ${range(without)}) and of ${short(median(within))} with it (${range(within)}).`,
      `d_k = ${headDim} 时，不缩放的雅可比矩阵最大元素的中位数为 ${short(median(without))}（5% 至 95%：${range(without)}），缩放后为 ${short(median(within))}（${range(within)}）。`,
    ),
  };
}

/** Whether five draws show what four hundred do. */
function sourceFindings(small: Setting, large: Setting): Finding[] {
  const shareOf = (numbers: readonly number[], holds: (five: number[]) => boolean) => {
    const groups = Array.from({ length: Math.floor(numbers.length / FEW) }, (_, n) =>
      numbers.slice(n * FEW, (n + 1) * FEW),
    );
    return groups.filter(holds).length / groups.length;
  };
  const far = shareOf(large.draws.unscaled.jacobian, (five) => Math.min(...five) < SOURCE.least);
  const middle = median(large.draws.unscaled.jacobian);
  const inside = shareOf(small.draws.unscaled.jacobian, (five) =>
    five.every((entry) => entry >= SOURCE.from && entry <= SOURCE.to),
  );
  const all = small.draws.unscaled.jacobian;
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return [
    {
      text: text(
        `Five draws are few. At d_k = 1000 the usual figure, about 10⁻¹¹, is the tail: ${percent(far)} of all groups of five have an entry below 10⁻¹⁰, while the median of all draws is ${short(middle)}.`,
        `五次抽样太少。d_k = 1000 时常被引用的约 10⁻¹¹ 只是尾部：每五次一组，有 ${percent(far)} 的组出现低于 10⁻¹⁰ 的值，而全部抽样的中位数是 ${short(middle)}。`,
      ),
      contradicts: far < 0.5,
    },
    {
      text: text(
        `At d_k = 100 without the factor the source's five draws lie between 0.06 and 0.25; so do ${percent(inside)} of our groups of five. All our draws range from ${short(least)} to ${short(most)}: vanishing begins there already.`,
        `d_k = 100 且不缩放时，题目出处的五次抽样在 0.06 到 0.25 之间；我们每五次一组，有 ${percent(inside)} 的组也是如此。全部抽样从 ${short(least)} 到 ${short(most)}：梯度消失在这里就已经开始。`,
      ),
      contradicts: inside < 0.5 && least < SOURCE.from,
    },
  ];
}

function gradientFinding({ headDim, draws }: Setting): Finding {
  const [without, within] = [draws.unscaled.gradient, draws.scaled.gradient];
  const tiny = without.filter((norm) => norm < 1e-6).length / without.length;
  return {
    text: text(
      `The gradient that reaches the query through our attention at d_k = ${headDim}: median norm ${short(median(without))} without the factor, ${short(median(within))} with it; without it ${percent(tiny)} of the draws give less than 10⁻⁶.`,
      `d_k = ${headDim} 时经我们的注意力传到查询的梯度：不缩放时范数的中位数为 ${short(median(without))}，缩放后为 ${short(median(within))}；不缩放时 ${percent(tiny)} 的抽样小于 10⁻⁶。`,
    ),
  };
}
