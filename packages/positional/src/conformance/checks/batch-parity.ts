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
      for (let row = 0; row < BATCH; row++) {
        const [together, alone] = await Promise.all(
          [true, false].map((whole) =>
            numbersOf(() => {
              const all = hiddenOf(sizes, KEYS);
              const hidden = whole ? all : slice(all, [row, 0, 0], [1, -1, -1]);
              const output = probe.forward(strategy, { hidden, span: spanOf(KEYS), layer });
              return whole ? slice(output, [row, 0, 0, 0], [1, -1, -1, -1]) : output;
            }),
          ),
        );
        largest = Math.max(largest, largestDifference(together!, alone!));
      }
    }
    return judged(subject, largest, "rows of a batch together and alone");
  },
};
