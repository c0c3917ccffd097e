import { type Finding, text } from "../experiment/experiment";
import { short } from "../experiment/format";
import { mean } from "../experiment/statistics";
import { type Trained, verdictOf } from "../measures/train-variants";
import type { ScoreMeasures } from "./score-functions";

/** Sentences made of what was measured. */
export function scoreFindings({ byLength, losses, wide }: ScoreMeasures, width: number): Finding[] {
  const longest = Math.max(...byLength.dot.keys());
  const [dot, additive] = [byLength.dot.get(longest)!, byLength.additive.get(longest)!];
  return [
    {
      text: text(
        `At length ${longest} additive scores take ${short(additive.milliseconds / dot.milliseconds)} times as long as the dot product (${short(additive.milliseconds)} ms against ${short(dot.milliseconds)} ms) and ${short(additive.bytes / dot.bytes)} times the memory: each pair of a query and a key has a hidden vector of its own.`,
        `长度为 ${longest} 时，加性打分的用时是点积的 ${short(additive.milliseconds / dot.milliseconds)} 倍（${short(additive.milliseconds)} 毫秒对 ${short(dot.milliseconds)} 毫秒），内存是 ${short(additive.bytes / dot.bytes)} 倍：每一对查询与键都有自己的隐藏向量。`,
      ),
      contradicts: additive.milliseconds < dot.milliseconds,
    },
    lossFinding(losses!.trained),
    wideFinding(wide!.trained, width),
  ];
}

const of = (trained: readonly Trained[], name: string) =>
  trained.find(({ variant }) => variant.name === name)!;
const lossOf = ({ heldOut }: Trained) => short(mean(heldOut), 4);

function lossFinding(trained: readonly Trained[]): Finding {
  const [dot, additive, cosine] = ["dot", "additive", "cosine"].map((name) =>
    of(trained, name),
  ) as [Trained, Trained, Trained];
  const { kind, enough, text: said } = verdictOf(additive, dot);
  return {
    // The usual answer: for small d_k both learn alike.
    contradicts: enough && kind !== "unclear",
    text: text(
      `Loss after the same number of steps: dot product ${lossOf(dot)}, additive ${lossOf(additive)}, cosine ${lossOf(cosine)} nats a token; additive against dot product: ${said.en}.`,
      `相同步数后的损失：点积 ${lossOf(dot)}，加性 ${lossOf(additive)}，余弦 ${lossOf(cosine)} 奈特/词元；加性与点积相比：${said.zh}。`,
    ),
  };
}

function wideFinding(trained: readonly Trained[], width: number): Finding {
  const [unscaled, dot, additive] = ["unscaled", "dot", "additive"].map((name) =>
    of(trained, name),
  ) as [Trained, Trained, Trained];
  const [against, scaled] = [verdictOf(unscaled, additive), verdictOf(unscaled, dot)];
  return {
    text: text(
      `At d_k = ${width} the unscaled dot product ends at ${lossOf(unscaled)}, the scaled one at ${lossOf(dot)}, additive at ${lossOf(additive)}. Unscaled against additive: ${against.text.en}; against scaled: ${scaled.text.en}.`,
      `d_k = ${width} 时，不缩放的点积损失为 ${lossOf(unscaled)}，缩放的为 ${lossOf(dot)}，加性为 ${lossOf(additive)}。不缩放与加性相比：${against.text.zh}；与缩放相比：${scaled.text.zh}。`,
    ),
    contradicts: against.enough && against.kind === "lower",
  };
}
