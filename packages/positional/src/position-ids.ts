import {
  cast,
  cumsum,
  maximum,
  mul,
  notEqual,
  pad,
  range,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { checkShapes } from "@tx/core";

/**
 * Explicit positions for rows with padding, wherever it is: each visible token's is the number of
 * visible ones before it, so that a row padded on the left has the positions of the same row without
 * padding. For `span.q.ids` and `span.k.ids`; beside a cache, its `nextPositions` goes on from what it
 * holds.
 *
 * @param visible bool [batch, len]: which tokens are no padding; a mask's `keys`.
 * @returns int32 [batch, len], 0 for padding; the caller disposes it.
 * @throws ShapeError if visible has not two axes; RangeError if it is not bool.
 */
export function visiblePositions(visible: Tensor2D): Tensor2D {
  checkShapes(["visible", visible, "batch len"]);
  if (visible.dtype !== "bool") {
    throw new RangeError(`visible: expected bool, got ${visible.dtype}`);
  }
  return tidy(() => {
    const shown = cast(visible, "float32");
    return cast(mul(cumsum(shown, 1, true), shown), "int32") as Tensor2D;
  });
}

/**
 * Explicit positions for documents packed into rows: they start from 0 where a document begins, that
 * is, where a token's number differs from the one before it. For `span.q.ids` and `span.k.ids`.
 *
 * @param documents int32 [batch, len]: the number of each token's document; a mask's
 *   `documents.queries`.
 * @returns int32 [batch, len]; the caller disposes it.
 * @throws ShapeError if documents has not two axes; RangeError if it is not int32.
 */
export function documentPositions(documents: Tensor2D): Tensor2D {
  const { len } = checkShapes(["documents", documents, "batch len"]);
  if (documents.dtype !== "int32") {
    throw new RangeError(`documents: expected int32, got ${documents.dtype}`);
  }
  return tidy(() => {
    const places = range(0, len);
    const [before, after] = [0, 1].map((from) => slice(documents, [0, from], [-1, len - 1]));
    const begins = pad(cast(notEqual(before!, after!), "float32"), [
      [0, 0],
      [1, 0],
    ]);
    // Where the own document begins is the largest beginning so far; looking twice as far back each
    // time finds it in log₂ len steps.
    let starts: Tensor = mul(begins, places);
    for (let far = 1; far < len; far *= 2) {
      const earlier = slice(starts, [0, 0], [-1, len - far]);
      const moved = pad(earlier, [
        [0, 0],
        [far, 0],
      ]);
      starts = maximum(starts, moved);
    }
    return cast(sub(places, starts), "int32") as Tensor2D;
  });
}
