import { randomNormal, type Tensor, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type ShawOptions, shaw } from "./index";
import {
  BATCH,
  contextOf,
  explicit,
  gapped,
  gaps,
  HEAD_DIM,
  HEADS,
  noScores,
  pairs,
  span,
} from "./score-case";

const CLIP = 2;
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const make = (options: Partial<ShawOptions> = {}) =>
  shaw({
    ...{ headDim: HEAD_DIM, clip: CLIP, rng: new Rng(1), ...options },
    init: (shape) => randomNormal(shape, 0, 1, "float32", 7),
  });
const weights = (): Tensor4D => randomNormal([BATCH, HEADS, 4, 7], 0, 1, "float32", 5);
const output = (): Tensor4D => zeros([BATCH, HEADS, 4, HEAD_DIM]);
const rowOf = (q: number, k: number, head: number, own: boolean) =>
  Math.max(-CLIP, Math.min(CLIP, k - q)) + CLIP + (own ? head * (2 * CLIP + 1) : 0);

test.each([undefined, HEADS])("tables of heads: %s", async (heads) => {
  const strategy = make({ heads });
  const own = heads !== undefined;
  expect(strategy.key.shape).toEqual([...(own ? [HEADS] : []), 5, HEAD_DIM]);
  const [key, value] = [await strategy.key.data(), await strategy.value!.data()];
  const context = contextOf();
  const [q, w] = [await context.query.data(), await weights().data()];
  const entries = Array.from({ length: HEAD_DIM }, (_, n) => n);
  const score = (from: number, to: number, { b, h, i }: { b: number; h: number; i: number }) => {
    const [at, row] = [((b * HEADS + h) * 4 + i) * HEAD_DIM, rowOf(from, to, h, own) * HEAD_DIM];
    return 0.7 * entries.reduce((sum, n) => sum + q[at + n]! * key[row + n]!, 0);
  };
  const mixed = (positions?: typeof gaps): number[] => {
    const sums = Array<number>(BATCH * HEADS * 4 * HEAD_DIM).fill(0);
    pairs((from, to, { b, h, i, j }) => {
      const at = (b * HEADS + h) * 4 + i;
      for (const n of entries) {
        sums[at * HEAD_DIM + n]! += w[at * 7 + j]! * value[rowOf(from, to, h, own) * HEAD_DIM + n]!;
      }
      return 0;
    }, positions);
    return sums;
  };
  for (const [given, positions] of [
    [span, undefined],
    [explicit(), undefined],
    [gapped(), gaps],
  ] as const) {
    const told = contextOf({ span: given });
    await expectClose(strategy.scores(noScores(), told), pairs(score, positions), NEAR);
    await expectClose(strategy.values(output(), weights(), told), mixed(positions), NEAR);
  }
});

test.each([undefined, HEADS])(
  "gradients are those that differences give, heads: %s",
  async (heads) => {
    const strategy = make({ heads });
    const table = randomNormal(strategy.key.shape, 0, 1, "float32", 3);
    for (const given of [span, gapped()]) {
      const context = contextOf({ span: given });
      await expectGradients(
        (query: Tensor4D, key: Tensor) => {
          Object.assign(strategy, { key });
          return strategy.scores(noScores(), { ...context, query });
        },
        [context.query, table] as [Tensor4D, Tensor],
      );
      await expectGradients(
        (w: Tensor4D, value: Tensor) => {
          Object.assign(strategy, { value });
          return strategy.values(output(), w, context);
        },
        [weights(), table] as [Tensor4D, Tensor],
      );
    }
  },
);

test("the value term may be left out", async () => {
  const strategy = make({ values: false });
  expect([...strategy.parameters().keys()]).toEqual(["key"]);
  const given = output();
  expect(strategy.values(given, weights(), contextOf())).toBe(given);
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, context, scores] = [make({ heads: 2 }), contextOf(), noScores()];
  const plain = make();
  const [w, wide] = [weights(), zeros([BATCH, HEADS, 4, 6]) as Tensor4D];
  await expectNoLeak(() => {
    const own = make();
    own.scores(scores, context).dispose();
    own.dispose();
    expect(() => strategy.scores(scores, context)).toThrow(
      "query: expected [batch=2, 2, queries, 5], got [2, 3, 4, 5]",
    );
    expect(() => plain.values(wide, w, context)).toThrow(
      "output: expected [batch=2, heads=3, queries=4, 5], got [2, 3, 4, 6]",
    );
    const refused = (options: Partial<ShawOptions>, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused({ headDim: 0 }, "headDim: expected a whole number from 1, got 0");
    refused({ clip: -1 }, "clip: expected a whole number from 0, got -1");
    refused({ heads: 0 }, "heads: expected a whole number from 1, got 0");
  });
  expect(JSON.parse(JSON.stringify(make()))).toEqual({
    ...{ kind: "shaw", version: 1, headDim: 5, clip: 2, values: true },
  });
  expect(strategy.toJSON()).toMatchObject({ heads: 2 });
});
