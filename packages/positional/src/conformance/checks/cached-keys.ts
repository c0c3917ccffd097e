import { concat, slice, type Tensor4D, tensor4d } from "@tensorflow/tfjs-core";
import { type Positional, type Span, spanOf } from "@tx/core";
import { BATCH, layersOf } from "../cases";
import {
  type Check,
  judged,
  largestDifference,
  noise,
  numbersOf,
  ofLayer,
  type Subject,
} from "../subject";

const [HELD, NEW] = [4, 3];

/** What a cache holds stays right: keys rotated as they came are those rotated all at once. */
export const cachedKeys: Check = {
  name: "cached keys",
  async run(subject, strategy) {
    let largest = 0;
    let turning = 0;
    for (const layer of layersOf(subject)) {
      const own = ofLayer(strategy, layer);
      if (!own.rotate || own.cacheKeys === "raw") continue;
      turning += 1;
      largest = Math.max(largest, await differenceOf(subject, own));
    }
    if (turning === 0) return { status: "not claimed", detail: "a cache keeps plain keys" };
    return judged(subject, largest, "keys rotated as they came and all at once");
  },
};

async function differenceOf({ sizes }: Subject, own: Positional): Promise<number> {
  const shape = [BATCH, sizes.heads, HELD + NEW, sizes.headDim] as const;
  const keys = () =>
    tensor4d(
      noise(
        shape.reduce((a, b) => a * b),
        21,
      ),
      [...shape],
    );
  const rotate = (t: Tensor4D, span: Span) => own.rotate!(t, "k", span);
  const whole = await numbersOf(() => rotate(keys(), spanOf(HELD + NEW)));
  const parts = await numbersOf(() => {
    const t = keys();
    const [early, late] = [
      slice(t, [0, 0, 0, 0], [-1, -1, HELD, -1]),
      slice(t, [0, 0, HELD, 0], [-1, -1, NEW, -1]),
    ];
    return concat([rotate(early, spanOf(HELD)), rotate(late, spanOf(NEW, NEW, HELD))], 2);
  });
  return largestDifference(parts, whole);
}
