import { slice, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { type Positional, type Span, spanOf } from "@tx/core";
import { BATCH, hiddenOf, layersOf } from "../cases";
import {
  type Check,
  type ConformanceSizes,
  judged,
  largestDifference,
  numbersOf,
  orRefused,
  type Subject,
} from "../subject";

/** So many tokens a row, the last row's first ones being padding; so many late queries. */
const [KEYS, PADDING, LATE] = [8, 3, 2];

/**
 * Explicit positions: a text behind padding gives what it gives without, read at once and when its
 * last tokens come later.
 */
export const leftPadding: Check = {
  name: "left padding",
  async run(subject, strategy) {
    const found = await orRefused(async () => {
      let largest = 0;
      for (const layer of layersOf(subject)) {
        for (const queries of [KEYS, LATE]) {
          const rows = await padded(subject, strategy, { layer, queries });
          for (let row = 0; row < BATCH; row++) {
            const place = { layer, queries, row };
            const got = seenIn(rows, subject.sizes, place);
            const wanted = await alone(subject, strategy, place);
            largest = Math.max(largest, largestDifference(got, wanted));
          }
        }
      }
      return { largest };
    });
    if ("refused" in found) return { status: "refused", detail: found.refused };
    return judged(subject, found.largest, "a text behind padding and without");
  },
};

interface Place {
  readonly layer: number;
  readonly queries: number;
  readonly row: number;
}

const paddingOf = (row: number) => (row === BATCH - 1 ? PADDING : 0);

/** Rows of the text that a place looks at. */
const seenOf = ({ queries, row }: Place) => Math.min(queries, KEYS - paddingOf(row));

function padded(
  { layer: probe, sizes }: Subject,
  strategy: Positional,
  { layer, queries }: Pick<Place, "layer" | "queries">,
) {
  return numbersOf(() => {
    const keys = tokens((at, row) => (at < paddingOf(row) ? 0 : 1), "bool");
    const ids = tokens((at, row) => Math.max(0, at - paddingOf(row)), "int32");
    const late = slice(ids, [0, KEYS - queries], [-1, queries]);
    const plain = spanOf(queries, KEYS);
    const span: Span = { q: { ...plain.q, ids: late }, k: { ...plain.k, ids } };
    const hidden = hiddenOf(sizes, KEYS);
    return probe.forward(strategy, { hidden, span, mask: { causal: true, keys }, layer });
  });
}

/** What a place looks at of what {@link padded} gave, [batch, heads, queries, headDim]. */
function seenIn(numbers: Float32Array, { heads, headDim }: ConformanceSizes, place: Place) {
  const { queries, row } = place;
  const first = queries - seenOf(place);
  return numbers.filter((_, at) => {
    const line = Math.floor(at / headDim);
    return Math.floor(line / queries / heads) === row && line % queries >= first;
  });
}

function alone({ layer: probe, sizes }: Subject, strategy: Positional, place: Place) {
  const { layer, row } = place;
  return numbersOf(() => {
    const skipped = paddingOf(row);
    const hidden = slice(hiddenOf(sizes, KEYS), [row, skipped, 0], [1, -1, -1]);
    return probe.forward(strategy, { hidden, span: spanOf(seenOf(place), KEYS - skipped), layer });
  });
}

function tokens(of: (at: number, row: number) => number, dtype: "bool" | "int32"): Tensor2D {
  const rows = Array.from({ length: BATCH }, (_, row) =>
    Array.from({ length: KEYS }, (_, at) => of(at, row)),
  );
  return tensor2d(rows.flat(), [BATCH, KEYS], dtype);
}
