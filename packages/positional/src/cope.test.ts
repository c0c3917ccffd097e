import {
  randomNormal,
  slice,
  type Tensor,
  type Tensor4D,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { type Mask, Rng } from "@tx/core";
import { maskedSoftmax } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type CopeOptions, cope } from "./index";
import {
  BATCH,
  contextOf,
  explicit,
  gapped,
  HEAD_DIM,
  HEADS,
  noScores,
  queries,
} from "./score-case";

const [Q, K] = [4, 7];
const EPSILON = 1 / 256;
/** How much a score moves its gate at most. */
const STEEPEST = 1 / 4;
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const make = (options: Partial<CopeOptions> = {}) =>
  cope({
    ...{ headDim: HEAD_DIM, maxPositions: 4, rng: new Rng(1) },
    init: (shape) => randomNormal(shape, 0, 1, "float32", 7),
    ...options,
  });
const scores = (): Tensor4D => randomNormal([BATCH, HEADS, Q, K], 0, 2, "float32", 5);
type Seen = (b: number, i: number, j: number) => boolean;
const causal: Seen = (_, i, j) => j <= i + K - Q;
const padded: Seen = (b, i, j) => causal(b, i, j) && !(b === 1 && j < 3);
const padding = () =>
  tensor(
    Array.from({ length: BATCH * K }, (_, n) => !(n >= K && n - K < 3)),
    [BATCH, K],
    "bool",
  ) as Mask["keys"];

/** The paper's formulas in loops; counts on the way, for those who want to know. */
async function plain(
  strategy: ReturnType<typeof make>,
  seen: Seen,
  layer = 0,
): Promise<{ wanted: number[]; counted: number[] }> {
  const last = strategy.maxPositions - 1;
  const table = await strategy.tables[layer]!.data();
  const [q, s] = [await queries().data(), await scores().data()];
  const wanted: number[] = [];
  const counted: number[] = [];
  const product = (row: number, head: number, entry: number) => {
    const from = (head * (last + 1) + entry) * HEAD_DIM;
    let sum = 0;
    for (let n = 0; n < HEAD_DIM; n++) sum += q[row * HEAD_DIM + n]! * table[from + n]!;
    return sum;
  };
  for (let row = 0; row < BATCH * HEADS * Q; row++) {
    const [b, h, i] = [Math.floor(row / Q / HEADS), Math.floor(row / Q) % HEADS, row % Q];
    const head = strategy.heads === undefined ? 0 : h;
    for (let j = 0; j < K; j++) {
      let place = 0;
      for (let t = j; t < K; t++) {
        if (seen(b, i, t)) place += 1 / (1 + Math.exp(-s[row * K + t]!));
      }
      counted.push(place);
      place = Math.min(place, last);
      const [lower, upper] = [Math.floor(place), Math.ceil(place)];
      const share = place - lower;
      const added = (1 - share) * product(row, head, lower) + share * product(row, head, upper);
      wanted.push(s[row * K + j]! + added);
    }
  }
  return { wanted, counted };
}

test.each<[string, () => Mask, Seen]>([
  ["no mask", () => ({}), () => true],
  ["a causal mask", () => ({ causal: true }), causal],
  ["padding", () => ({ causal: true, keys: padding() }), padded],
])("counts what %s lets a query see", async (_, mask, seen) => {
  for (const options of [
    {},
    { heads: HEADS, maxPositions: 3 },
    { maxPositions: 1 },
    { maxPositions: 9 },
  ]) {
    const strategy = make(options);
    const { wanted } = await plain(strategy, seen);
    const context = contextOf({ mask: mask() });
    await expectClose(strategy.scores(scores(), context), wanted, NEAR);
    // Where tokens say that they stand is no matter.
    for (const span of [explicit(), gapped()]) {
      await expectClose(strategy.scores(scores(), { ...context, span }), wanted, NEAR);
    }
  }
});

test("layers have tables of their own if asked, else they share one", async () => {
  const shared = make({ maxPositions: 5 });
  const one = await plain(shared, causal);
  const context = contextOf({ mask: { causal: true }, layer: 1 });
  await expectClose(shared.scores(scores(), context), one.wanted, NEAR);
  let seed = 1;
  const own = make({ layers: 2, init: (shape) => randomNormal(shape, 0, 1, "float32", seed++) });
  await expectClose(own.scores(scores(), context), (await plain(own, causal, 1)).wanted, NEAR);
  expect([...own.parameters().keys()]).toEqual(["tables.0", "tables.1"]);
});

test("late rows alone are those of the whole", async () => {
  const strategy = make();
  const whole = strategy.scores(scores(), contextOf({ mask: { causal: true } }));
  const query = slice(queries(), [0, 0, 2, 0]) as Tensor4D;
  const late = contextOf({ mask: { causal: true }, query });
  const rows = strategy.scores(slice(scores(), [0, 0, 2, 0]) as Tensor4D, late);
  await expectClose(rows, slice(whole, [0, 0, 2, 0]));
});

test("a query that sees nothing gets finite scores, and so zeros", async () => {
  const keys = tensor(Array(BATCH * K).fill(false), [BATCH, K], "bool") as Mask["keys"];
  const context = contextOf({ mask: { causal: true, keys } });
  const changed = make().scores(scores(), context);
  expect([...(await changed.data())].every(Number.isFinite)).toBe(true);
  const weights = maskedSoftmax(changed, { mask: context.mask });
  await expectClose(weights, zeros([BATCH, HEADS, Q, K]) as Tensor);
});

test.each([undefined, HEADS])(
  "gradients are those that differences give, heads: %s",
  async (heads) => {
    const strategy = make({ heads, maxPositions: 3 });
    const table = randomNormal(strategy.tables[0]!.shape, 0, 1, "float32", 3);
    const context = contextOf({ mask: { causal: true, keys: padding() } });
    // Where the slope jumps differences are wrong: none of the counts is so near a whole number.
    const { counted } = await plain(strategy, padded);
    const jumps = counted.filter((count) => count > 0 && count < 2.5);
    const nearest = Math.min(...jumps.map((count) => Math.abs(count - Math.round(count))));
    expect(nearest).toBeGreaterThan(2 * EPSILON * STEEPEST);
    await expectGradients(
      (scores: Tensor4D, query: Tensor4D, table: Tensor) => {
        Object.assign(strategy, { tables: [table] });
        return strategy.scores(scores, { ...context, query });
      },
      [scores(), queries(), table] as [Tensor4D, Tensor4D, Tensor],
      { epsilon: EPSILON, atol: 2e-3 },
    );
  },
);

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, context, given] = [make({ heads: 2, layers: 2 }), contextOf(), noScores()];
  await expectNoLeak(() => {
    const own = make();
    own.scores(given, context).dispose();
    own.dispose();
    expect(() => strategy.scores(given, context)).toThrow(
      "query: expected [batch=2, 2, queries, 5], got [2, 3, 4, 5]",
    );
    expect(() => strategy.scores(given, { ...context, layer: 2 })).toThrow(
      new RangeError("layer: expected one of 2, got 2"),
    );
    for (const name of ["headDim", "maxPositions", "heads", "layers"]) {
      expect(() => make({ [name]: 0 })).toThrow(
        new RangeError(`${name}: expected a whole number from 1, got 0`),
      );
    }
  });
  expect(make().readsScores).toBe(true);
  expect(JSON.parse(JSON.stringify(make()))).toEqual({
    ...{ kind: "cope", version: 1, headDim: 5, maxPositions: 4 },
  });
  expect(strategy.toJSON()).toMatchObject({ heads: 2, layers: 2 });
});
