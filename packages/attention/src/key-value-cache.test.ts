import {
  ones,
  slice,
  type Tensor3D,
  type Tensor4D,
  tensor3d,
  tensor4d,
  tidy,
} from "@tensorflow/tfjs-core";
import { normal, Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { causal, dense, KeyValueCache, MultiHeadAttention } from "./index";

const SIZES = { batch: 2, kvHeads: 1, headDim: 3, maxLen: 7 };
const rng = new Rng(11);
const random3d = (shape: [number, number, number]): Tensor3D =>
  tensor3d(
    Array.from({ length: shape[0] * shape[1] * shape[2] }, () => 2 * rng.uniform() - 1),
    shape,
  );
const tokens = (count: number, from: number): Tensor4D =>
  tensor4d(
    Array.from({ length: 2 * count * 3 }, (_, i) => from + i),
    [2, count, 1, 3],
  );

test("holds what it took in, and forgets from a place on", async () => {
  await expectNoLeak(async () => {
    const cache = new KeyValueCache(SIZES);
    const given = [tokens(2, 0), tokens(2, 100), tokens(1, 50), tokens(1, 200)] as const;
    cache.append(given[0], given[1]);
    cache.append(given[2], given[3]);
    expect(cache.length).toBe(3);
    const keys = cache.keys();
    expect(keys.shape).toEqual([2, 3, 1, 3]);
    const wanted = [0, 1, 2, 3, 4, 5, 50, 51, 52, 6, 7, 8, 9, 10, 11, 53, 54, 55];
    await expectClose(keys, wanted, { rtol: 0, atol: 0 });
    cache.truncate(1);
    const values = cache.values();
    await expectClose(values, [100, 101, 102, 106, 107, 108], { rtol: 0, atol: 0 });
    for (const tensor of [...given, keys, values]) tensor.dispose();
    cache.dispose();
  });
});

test("refuses more than its room, another shape and nonsense, unchanged", () => {
  const cache = new KeyValueCache(SIZES);
  cache.append(tokens(5, 0), tokens(5, 0));
  expect(() => cache.append(tokens(3, 0), tokens(3, 0))).toThrow(
    new RangeError("cache: expected at most 7 tokens, got 8"),
  );
  expect(() => cache.append(tokens(1, 0), tokens(2, 0))).toThrow(
    "values: expected [2, tokens=1, 1, 3], got [2, 2, 1, 3]",
  );
  expect(() => cache.truncate(6)).toThrow(
    new RangeError("length: expected a whole number to 5, got 6"),
  );
  expect(() => new KeyValueCache({ ...SIZES, maxLen: 0 })).toThrow(
    new RangeError("maxLen: expected a whole number from 1, got 0"),
  );
  expect(cache.length).toBe(5);
  cache.dispose();
});

describe.each([
  ["all at once", [7]],
  ["a prefill, then one at a time", [3, 1, 1, 1, 1]],
  ["one at a time", [1, 1, 1, 1, 1, 1, 1]],
  ["several at a time", [2, 3, 2]],
])("%s", (_, parts) => {
  test.each([4, 2, 1])(
    "gives what the whole sequence gives, with %i key heads",
    async (kvHeads) => {
      const init = normal(0.5, new Rng(3));
      const attention = new MultiHeadAttention({
        ...{ dModel: 12, heads: 4, kvHeads, init, rng: new Rng(5) },
      });
      const x = random3d([2, 7, 12]);
      const whole = attention.forward(x, { mask: causal() });
      const cache = new KeyValueCache({ batch: 2, kvHeads, headDim: 3, maxLen: 7 });
      let start = 0;
      for (const count of parts) {
        const [part, wanted] = [x, whole].map((t) => slice(t, [0, start, 0], [2, count, 12]));
        const got = attention.forward(part as Tensor3D, { mask: causal(), cache });
        await expectClose(got, wanted as Tensor3D, { rtol: 1e-5, atol: 1e-6 });
        start += count;
      }
      cache.dispose();
      attention.dispose();
    },
  );
});

test("a call that is refused leaves the cache as it was", async () => {
  const attention = new MultiHeadAttention({ dModel: 6, heads: 2, rng: new Rng(5) });
  const cache = new KeyValueCache({ batch: 1, kvHeads: 2, headDim: 3, maxLen: 4 });
  const x = random3d([1, 2, 6]);
  tidy(() => attention.forward(x, { cache }));
  const mask = dense(ones([2, 3], "bool"));
  await expectNoLeak(() => {
    expect(() => attention.forward(x, { mask, cache })).toThrow("mask.dense: expected");
  });
  expect(cache.length).toBe(2);
  cache.dispose();
});
