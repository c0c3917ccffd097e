import { cast, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { keepOf } from "./keep";
import { checkMask, type Mask, type ScoreSizes } from "./mask";
import { wholeOf } from "./score-part";

/**
 * A mask as one tensor, for those who work on scores before the softmax: which keys each query may
 * attend to.
 *
 * @returns bool, broadcastable to [batch, heads, queries, keys]; undefined where the mask hides
 *   nothing.
 * @throws ShapeError if a tensor of the mask does not fit the sizes; RangeError for a dtype or a
 *   number out of range.
 */
export function allowedKeys(mask: Mask, sizes: ScoreSizes): Tensor | undefined {
  checkMask(mask, sizes);
  return tidy(() => {
    const keep = keepOf(mask, wholeOf(sizes));
    return keep && cast(keep, "bool");
  });
}
