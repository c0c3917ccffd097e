import { slice, type Tensor2D, tensor2d, tile } from "@tensorflow/tfjs-core";
import { type Positional, type Span, spanOf } from "@tx/core";
import { BATCH, hiddenOf, layersOf, rowsIn } from "../cases";
import {
  type Check,
  judged,
  largestDifference,
  numbersOf,
  orRefused,
  type Subject,
} from "../subject";

/** Tokens of the documents that are packed into a row. */
const DOCUMENTS = [4, 1, 3];

const LENGTH = DOCUMENTS.reduce((a, b) => a + b);

/** Explicit positions: documents packed into a row give what each gives alone. */
export const packedDocuments: Check = {
  name: "packed documents",
  async run(subject, strategy) {
    const { headDim } = subject.sizes;
    const found = await orRefused(async () => {
      let largest = 0;
      for (const layer of layersOf(subject)) {
        const rows = await packed(subject, strategy, layer);
        for (const [n] of DOCUMENTS.entries()) {
          const got = rowsIn(rows, { seq: LENGTH, headDim }, startOf(n), DOCUMENTS[n]!);
          const wanted = await alone(subject, strategy, layer, n);
          largest = Math.max(largest, largestDifference(got, wanted));
        }
      }
      return { largest };
    });
    if ("refused" in found) return { status: "refused", detail: found.refused };
    return judged(subject, found.largest, "documents in one row and alone");
  },
};

const startOf = (n: number) => DOCUMENTS.slice(0, n).reduce((a, b) => a + b, 0);

function packed({ layer: probe, sizes }: Subject, strategy: Positional, layer: number) {
  return numbersOf(() => {
    const ids = rowOf((at) => at);
    const numbers = rowOf((_, document) => document);
    const plain = spanOf(LENGTH);
    const span: Span = { q: { ...plain.q, ids }, k: { ...plain.k, ids } };
    const mask = { causal: true, documents: { queries: numbers, keys: numbers } };
    return probe.forward(strategy, { hidden: hiddenOf(sizes, LENGTH), span, mask, layer });
  });
}

function alone({ layer: probe, sizes }: Subject, strategy: Positional, layer: number, n: number) {
  return numbersOf(() => {
    const length = DOCUMENTS[n]!;
    const hidden = slice(hiddenOf(sizes, LENGTH), [0, startOf(n), 0], [-1, length, -1]);
    return probe.forward(strategy, { hidden, span: spanOf(length), layer });
  });
}

/** One number a token, the same for each row of the batch. */
function rowOf(of: (at: number, document: number) => number): Tensor2D {
  const row = DOCUMENTS.flatMap((length, document) =>
    Array.from({ length }, (_, at) => of(at, document)),
  );
  return tile(tensor2d(row, [1, LENGTH], "int32"), [BATCH, 1]);
}
