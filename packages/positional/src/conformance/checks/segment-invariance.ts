import { concat, slice, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { type Positional, spanOf } from "@tx/core";
import { hiddenOf, layersOf, rowsOf } from "../cases";
import { type Check, judged, largestDifference, numbersOf, type Subject } from "../subject";

const SEGMENTS = 3;

/** With a memory that reaches far enough, a text in segments gives what it gives in one pass. */
export const segmentInvariance: Check = {
  name: "segment invariance",
  async run(subject, strategy) {
    const { memory } = strategy;
    if (!memory) return { status: "not claimed", detail: "no memory" };
    await checkNext(subject, strategy);
    // The last segment still remembers the first.
    const segment = Math.max(1, Math.floor(memory.len / (SEGMENTS - 1)));
    const count = Math.min(SEGMENTS, 1 + Math.floor(memory.len / segment));
    let largest = 0;
    for (const layer of layersOf(subject)) {
      for (let n = 0; n < count; n++) {
        const [got, wanted] = await segmentOf(subject, strategy, { layer, segment, count, n });
        largest = Math.max(largest, largestDifference(got, wanted));
      }
    }
    return judged(subject, largest, `${count} segments of ${segment} and one pass`);
  },
};

interface Place {
  readonly layer: number;
  readonly segment: number;
  readonly count: number;
  readonly n: number;
}

async function segmentOf(
  { layer: probe, sizes }: Subject,
  strategy: Positional,
  { layer, segment, count, n }: Place,
): Promise<[Float32Array, Float32Array]> {
  const seq = segment * count;
  const got = await numbersOf(() => {
    const all = hiddenOf(sizes, seq);
    const part = (at: number) => slice(all, [0, at * segment, 0], [-1, segment, -1]);
    let memory: Tensor3D | null = null;
    for (let earlier = 0; earlier < n; earlier++) {
      memory = strategy.memory!.next(memory, part(earlier));
    }
    const hidden: Tensor3D = memory ? concat([memory, part(n)], 1) : part(n);
    const keys = hidden.shape[1];
    const start = (n + 1) * segment - keys;
    return probe.forward(strategy, { hidden, span: spanOf(segment, keys, start), layer });
  });
  const wanted = await numbersOf(() => {
    const call = { hidden: hiddenOf(sizes, seq), span: spanOf(seq), layer };
    return rowsOf(probe.forward(strategy, call), n * segment, segment);
  });
  return [got, wanted];
}

/** @throws Error unless next gives the last `len` states of both. */
async function checkNext({ sizes }: Subject, { memory }: Positional): Promise<void> {
  const { len, next } = memory!;
  for (const earlier of [0, 1, len]) {
    const seq = earlier + len + 1;
    const got = await numbersOf(() => {
      const all = hiddenOf(sizes, seq);
      const previous = earlier === 0 ? null : slice(all, [0, 0, 0], [-1, earlier, -1]);
      return next.call(memory, previous, slice(all, [0, earlier, 0], [-1, len + 1, -1]));
    });
    const wanted = await numbersOf(() =>
      tidy(() => slice(hiddenOf(sizes, seq), [0, seq - len, 0], [-1, len, -1])),
    );
    if (largestDifference(got, wanted) > 0) {
      throw new Error(`memory.next: expected the last ${len} hidden states of both, got others`);
    }
  }
}
