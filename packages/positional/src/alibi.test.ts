import { Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type Alibi, type AlibiForm, alibi, alibiSlopes, positionalFromJSON } from "./index";
import { explicit, gapped, gaps, HEADS, pairs, span } from "./score-case";

test("slopes are the paper's, and the authors' between powers of two", () => {
  expect(alibiSlopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => 2 ** -n));
  expect(alibiSlopes(1)).toEqual([2 ** -8]);
  expect(alibiSlopes(3).map((slope) => Math.log2(slope))).toEqual([-4, -8, -2]);
  expect(alibiSlopes(12).slice(8)).toEqual([0.5, 1.5, 2.5, 3.5].map((n) => 2 ** -n));
});

test("falls with the distance, on either side, however positions are told", async () => {
  const slopes = alibiSlopes(HEADS);
  const fall = (q: number, k: number, { h }: { h: number }) => -slopes[h]! * Math.abs(q - k);
  const bias = alibi().bias(HEADS, span);
  expect(bias.shape).toEqual([1, HEADS, 4, 7]);
  await expectClose(bias, pairs(fall, undefined, 1));
  await expectClose(alibi().bias(HEADS, explicit()), pairs(fall));
  await expectClose(alibi().bias(HEADS, gapped()), pairs(fall, gaps));
});

test("in causal form keys after the query do not fall", async () => {
  const slopes = alibiSlopes(HEADS);
  const fall = (q: number, k: number, { h }: { h: number }) => -slopes[h]! * Math.max(q - k, 0);
  const strategy = alibi({ form: "causal" });
  await expectClose(strategy.bias(HEADS, span), pairs(fall, undefined, 1));
  await expectClose(strategy.bias(HEADS, gapped()), pairs(fall, gaps));
  expect(strategy.toJSON()).toEqual({ kind: "alibi", version: 1, form: "causal" });
});

test("a config of before there were forms means what it meant", () => {
  expect((positionalFromJSON({ kind: "alibi", version: 1 }, new Rng(1)) as Alibi).form).toBe(
    "symmetric",
  );
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, wrong] = [alibi(), { ...span, q: { ...span.q, ids: explicit().k.ids } }];
  await expectNoLeak(() => {
    strategy.bias(HEADS, span).dispose();
    expect(() => strategy.bias(0, span)).toThrow(
      new RangeError("heads: expected a whole number from 1, got 0"),
    );
    expect(() => strategy.bias(HEADS, wrong)).toThrow(
      "span.q.ids: expected [batch=2, 4], got [2, 7]",
    );
  });
  expect(() => alibi({ form: "both" as AlibiForm })).toThrow(
    new RangeError('form: expected "symmetric" or "causal", got "both"'),
  );
  expect(JSON.parse(JSON.stringify(strategy))).toEqual({
    ...{ kind: "alibi", version: 1, form: "symmetric" },
  });
});
