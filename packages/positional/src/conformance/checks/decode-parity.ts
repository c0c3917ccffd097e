import { type Positional, spanOf } from "@tx/core";
import { hiddenOf, layersOf, rowsIn } from "../cases";
import { type Check, judged, largestDifference, numbersOf, type Subject } from "../subject";

const [KEYS, LATE] = [11, [1, 3]];

/** Late rows alone, behind earlier keys, give what they give in a pass over all rows. */
export const decodeParity: Check = {
  name: "decode parity",
  async run(subject, strategy) {
    const { headDim } = subject.sizes;
    let largest = 0;
    for (const layer of layersOf(subject)) {
      const full = await outputsOf(subject, strategy, layer, KEYS);
      for (const late of LATE) {
        const alone = await outputsOf(subject, strategy, layer, late);
        const wanted = rowsIn(full, { seq: KEYS, headDim }, KEYS - late, late);
        largest = Math.max(largest, largestDifference(alone, wanted));
      }
    }
    return judged(subject, largest, "late rows alone and in the full pass");
  },
};

function outputsOf(subject: Subject, strategy: Positional, layer: number, queries: number) {
  return numbersOf(() =>
    subject.layer.forward(strategy, {
      hidden: hiddenOf(subject.sizes, KEYS),
      span: spanOf(queries, KEYS, 2),
      layer,
    }),
  );
}
