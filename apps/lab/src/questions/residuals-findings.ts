import { type Finding, type Text, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { ending } from "../measures/curves";

/** What one structure of the stream showed. */
export interface Stream {
  readonly name: string;
  readonly label: Text;
  /** For each draw of first weights, the gradient's norm by layer. */
  readonly gradients: readonly (readonly number[])[];
  /** For each draw, the mean cosine of two tokens before the first layer and after each. */
  readonly likenesses: readonly (readonly number[])[];
  /** Loss above the best possible, by step. */
  readonly excess: readonly number[];
}

/** The gradient of the first layer as a multiple of the last one's: the geometric mean of the draws. */
function ratio({ gradients }: Stream): number {
  const logs = gradients.map((norms) => Math.log(norms[0]! / norms[norms.length - 1]!));
  return Math.exp(mean(logs));
}

const endLikeness = ({ likenesses }: Stream) => mean(likenesses.map((one) => one[one.length - 1]!));

/** @param even What guessing evenly loses above the best possible, in nats a token. */
export function residualFindings(streams: readonly Stream[], even: number): Finding[] {
  const by = (name: string) => streams.find((one) => one.name === name)!;
  const [pre, bare, normed, neither] = ["pre", "no-norm", "no-residual", "neither"].map(by) as [
    Stream,
    Stream,
    Stream,
    Stream,
  ];
  const keeps = ratio(normed) > 0.1;
  const alike = endLikeness(normed) > endLikeness(pre);
  return [
    {
      text: text(
        `With residuals the first layer's gradient is ${short(ratio(pre))} times the last one's (pre-norm), and ${short(ratio(bare))} times without a norm; with neither it is ${short(ratio(neither))} times.`,
        `有残差时，第一层的梯度是最后一层的 ${short(ratio(pre))} 倍（pre-norm），去掉归一化为 ${short(ratio(bare))} 倍；两者皆无时为 ${short(ratio(neither))} 倍。`,
      ),
    },
    {
      contradicts: keeps,
      text: keeps
        ? text(
            `But a norm alone keeps the gradient's size without residuals: the first layer has ${short(ratio(normed))} times the last one's. That gradients vanish is not the whole reason.`,
            `但没有残差、只有归一化时，梯度的大小也能保住：第一层是最后一层的 ${short(ratio(normed))} 倍。“梯度消失”并不是全部原因。`,
          )
        : text(
            `A norm alone does not keep the gradient: without residuals the first layer has ${short(ratio(normed))} times the last one's.`,
            `只有归一化保不住梯度：没有残差时，第一层是最后一层的 ${short(ratio(normed))} 倍。`,
          ),
    },
    {
      contradicts: !alike,
      text: alike
        ? text(
            `What gets lost without residuals is what tells tokens apart: after the last layer two tokens of a text have a mean cosine of ${short(endLikeness(normed))}, with residuals ${short(endLikeness(pre))}.`,
            `没有残差时丢失的是词元之间的区别：最后一层之后，同一文本中两个词元的平均余弦为 ${short(endLikeness(normed))}，有残差时为 ${short(endLikeness(pre))}。`,
          )
        : text(
            `Tokens do not become more alike without residuals: after the last layer two of a text have a mean cosine of ${short(endLikeness(normed))}, with residuals ${short(endLikeness(pre))}.`,
            `没有残差时词元并没有变得更相似：最后一层之后，同一文本中两个词元的平均余弦为 ${short(endLikeness(normed))}，有残差时为 ${short(endLikeness(pre))}。`,
          ),
    },
    {
      text: text(
        `After ${pre.excess.length} steps of one training each they lie above the best possible by: ${streams.map((one) => `${one.label.en}: ${short(ending(one.excess))}`).join("; ")} nats a token. Guessing evenly is ${short(even)} above it: who is near that has learned next to nothing.`,
        `各训练一次、每次 ${pre.excess.length} 步后，高出理论最优：${streams.map((one) => `${one.label.zh}：${short(ending(one.excess))}`).join("；")} 奈特/词元。均匀猜测高出 ${short(even)}：接近它的几乎什么也没学到。`,
      ),
    },
  ];
}
