import { type Positional, spanOf } from "@tx/core";
import { hiddenOf, layersOf, rowsOf } from "../cases";
import { type Check, judged, largestDifference, numbersOf, type Subject } from "../subject";

const [KEYS, LATE] = [11, [1, 3]];

/** Late rows alone, behind earlier keys, give what they give in a pass over all rows. */
export const decodeParity: Check = {
  name: "decode parity",
  async run(subject, strategy) {
    let largest = 0;
    for (const layer of layersOf(subject)) {
      for (const late of LATE) {
        largest = Math.max(largest, await differenceOf(subject, strategy, layer, late));
      }
    }
    return judged(subject, largest, "late rows alone and in the full pass");
  },
};

async function differenceOf(
  subject: Subject,
  strategy: Positional,
  layer: number,
  late: number,
): Promise<number> {
  const call = (queries: number) => () =>
    subject.layer.forward(strategy, {
      hidden: hiddenOf(subject.sizes, KEYS),
      span: spanOf(queries, KEYS, 2),
      layer,
    });
  const full = await numbersOf(() => rowsOf(call(KEYS)(), KEYS - late, late));
  return largestDifference(await numbersOf(call(late)), full);
}
