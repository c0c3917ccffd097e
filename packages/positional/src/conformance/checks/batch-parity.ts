import { slice } from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { BATCH, hiddenOf, layersOf } from "../cases";
import { type Check, judged, largestDifference, numbersOf } from "../subject";

const KEYS = 7;

/** A row of the batch gives what it gives alone. */
export const batchParity: Check = {
  name: "batch parity",
  async run(subject, strategy) {
    const { layer: probe, sizes } = subject;
    let largest = 0;
    for (const layer of layersOf(subject)) {
      const outputsOf = (rows: readonly [from: number, count: number]) =>
        numbersOf(() => {
          const hidden = slice(hiddenOf(sizes, KEYS), [rows[0], 0, 0], [rows[1], -1, -1]);
          return probe.forward(strategy, { hidden, span: spanOf(KEYS), layer });
        });
      const together = await outputsOf([0, BATCH]);
      for (let row = 0; row < BATCH; row++) {
        const alone = await outputsOf([row, 1]);
        const own = together.subarray(row * alone.length, (row + 1) * alone.length);
        largest = Math.max(largest, largestDifference(own, alone));
      }
    }
    return judged(subject, largest, "rows of a batch together and alone");
  },
};
