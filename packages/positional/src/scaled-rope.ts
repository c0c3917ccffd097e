import type { Span } from "@tx/core";
import { Rope } from "./rope";
import { frequenciesOf, type ScaledRopeOptions, settleScaledRope } from "./rope-frequencies";
import { followsLength } from "./rope-scaling";

/**
 * Rotary positions for texts longer than those that a model was trained with; see {@link Rope}. Apart
 * from {@link rope}, so that whoever does not scale does not carry the code.
 *
 * @throws RangeError if an option makes no sense.
 */
export function scaledRope(options: ScaledRopeOptions): Rope {
  const settled = settleScaledRope(options);
  const { scaling } = settled;
  if (!scaling) return new Rope(options);
  const { frequencies, attentionFactor } = frequenciesOf(settled);
  const frequenciesAt = (span: Span) =>
    frequenciesOf(settled, lengthOf(span, scaling.type)).frequencies;
  return new Rope(options, {
    scaling,
    frequencies,
    scale: attentionFactor,
    frequenciesAt: followsLength(scaling) ? frequenciesAt : undefined,
  });
}

/** @throws RangeError for explicit positions. */
function lengthOf({ q, k }: Span, type: string): number {
  const side = q.ids ? "q" : "k";
  const ids = q.ids ?? k.ids;
  if (ids) {
    throw new RangeError(
      `span.${side}.ids: expected none with ${type} scaling, which needs the length on the host, got [${ids.shape.join(", ")}]`,
    );
  }
  return k.start + k.len;
}
