import { type Positional, spanOf } from "@tx/core";
import { hiddenOf, layersOf } from "../cases";
import { type Check, judged, largestDifference, numbersOf, type Subject } from "../subject";

const [KEYS, QUERIES, SHIFT] = [8, 5, 9];

/** Where positions count by their differences only, all of them moved change nothing. */
export const shiftInvariance: Check = {
  name: "shift invariance",
  async run(subject, strategy) {
    let largest = 0;
    for (const layer of layersOf(subject)) {
      const far = await outputsAt(subject, strategy, layer, SHIFT);
      const near = await outputsAt(subject, strategy, layer, 0);
      largest = Math.max(largest, largestDifference(far, near));
    }
    const what = `outputs at positions ${SHIFT} further`;
    if (strategy.relative) return judged(subject, largest, what);
    const detail = `not relative: ${what} differ by ${largest.toExponential(1)}`;
    return { status: "not claimed", detail };
  },
};

function outputsAt(subject: Subject, strategy: Positional, layer: number, start: number) {
  return numbersOf(() =>
    subject.layer.forward(strategy, {
      hidden: hiddenOf(subject.sizes, KEYS),
      span: spanOf(QUERIES, KEYS, start),
      layer,
    }),
  );
}
