import { type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type T5BiasOptions, t5Bias, t5Bucket } from "./index";
import { explicit, gapped, gaps, HEADS, pairs, span } from "./score-case";

const make = (options: Partial<T5BiasOptions> = {}) =>
  t5Bias({
    ...{ heads: HEADS, buckets: 8, maxDistance: 12, rng: new Rng(1) },
    init: ([rows, width]) =>
      tensor2d(
        Array.from({ length: rows! * width! }, (_, n) => ((n * 7) % 11) / 4),
        [rows!, width!],
      ),
    ...options,
  });

test("buckets are T5's: near ones exact, further ones on a logarithmic scale", () => {
  const causal = [0, 1, 15, 16, 31, 64, 127, 128, 9999].map((back) => t5Bucket(-back));
  expect(causal).toEqual([0, 1, 15, 16, 21, 26, 31, 31, 31]);
  expect(t5Bucket(3)).toBe(0);
  const both = [-9999, -8, -7, 0, 1, 7, 8, 16, 9999].map((far) =>
    t5Bucket(far, { bidirectional: true }),
  );
  expect(both).toEqual([15, 8, 7, 0, 17, 23, 24, 26, 31]);
});

test("edges that are whole numbers begin their bucket", () => {
  // 8 · 2ⁿ of 8 exact and 8 further buckets up to 128: each doubling is two buckets.
  const options = { buckets: 16, maxDistance: 128 };
  expect([8, 16, 32, 64].map((back) => t5Bucket(-back, options))).toEqual([8, 10, 12, 14]);
  expect([15, 31, 63].map((back) => t5Bucket(-back, options))).toEqual([9, 11, 13]);
});

test.each([true, false])("bidirectional: %s, however positions are told", async (bidirectional) => {
  const strategy = make({ bidirectional });
  const table = await strategy.table.data();
  const wanted = (q: number, k: number, { h }: { h: number }) =>
    table[t5Bucket(k - q, strategy) * HEADS + h]!;
  const bias = strategy.bias(HEADS, span);
  expect(bias.shape).toEqual([1, HEADS, 4, 7]);
  await expectClose(bias, pairs(wanted, undefined, 1));
  await expectClose(strategy.bias(HEADS, explicit()), pairs(wanted));
  await expectClose(strategy.bias(HEADS, gapped()), pairs(wanted, gaps));
  for (const own of [span, gapped()]) {
    await expectGradients(
      (table: Tensor) => {
        Object.assign(strategy, { table });
        return strategy.bias(HEADS, own);
      },
      [tensor2d([...table], [8, HEADS])],
    );
  }
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, given] = [make(), explicit()];
  await expectNoLeak(() => {
    const own = make();
    own.bias(HEADS, span).dispose();
    own.bias(HEADS, given).dispose();
    own.dispose();
    const refused = (options: Partial<T5BiasOptions>, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused({ heads: 0 }, "heads: expected a whole number from 1, got 0");
    refused({ buckets: 1 }, "buckets: expected a whole number from 2, got 1");
    refused(
      { buckets: 9, bidirectional: true },
      "buckets: expected an even number with bidirectional, got 9",
    );
    refused({ maxDistance: 4 }, "maxDistance: expected a whole number from 5, got 4");
    expect(() => strategy.bias(HEADS + 1, span)).toThrow(
      new RangeError("heads: expected 3, got 4"),
    );
  });
  expect(JSON.parse(JSON.stringify(strategy))).toEqual({
    ...{ kind: "t5", version: 1, heads: 3, buckets: 8, maxDistance: 12, bidirectional: false },
  });
});
