import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import { type Span, spanOf } from "@tx/core";
import { visiblePositions } from "@tx/positional";

/**
 * Where the next tokens of a text sit: after those that a cache holds, with explicit positions where
 * there is padding, now or in the cache. Runs in a tidy.
 *
 * @param visible bool [batch, seq]: false is padding, which does not count in positions.
 */
export function spanOfTokens(
  seq: number,
  cache: KeyValueCache | undefined,
  visible: Tensor2D | undefined,
): Span {
  const { q, k } = spanOf(seq, (cache?.length ?? 0) + seq);
  if (!visible && !cache?.positions) return { q, k };
  // A cache remembers the positions of its keys.
  if (cache) return { q: { ...q, ids: cache.nextPositions(seq, visible) }, k };
  const ids = visiblePositions(visible!);
  return { q: { ...q, ids }, k: { ...k, ids } };
}
