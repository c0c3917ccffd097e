import { randomNormal, type Tensor3D, tensor2d, tidy, zeros } from "@tensorflow/tfjs-core";
import { Rng, spanOf } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { and, causal, dense, keyValuesOf, MultiHeadAttention, newCache, padding } from "./index";
import { everything, rotating } from "./strategies";

const [BATCH, QUERIES, KEYS, D_MODEL] = [2, 3, 5, 6];
const NEAR = { rtol: 1e-5, atol: 1e-6 };
const random = (shape: [number, number, number], seed: number): Tensor3D =>
  randomNormal(shape, 0, 1, "float32", seed);
const layerOf = () => {
  const init = (shape: number[]) => randomNormal(shape, 0, 0.5, "float32", 3);
  const sizes = { dModel: D_MODEL, heads: 4, headDim: 3, kvHeads: 2, keyDim: 4, valueDim: 7 };
  return new MultiHeadAttention({ ...sizes, init, rng: new Rng(1) });
};
const x = () => random([BATCH, QUERIES, D_MODEL], 1);
const key = () => random([BATCH, KEYS, 4], 2);
const value = () => random([BATCH, KEYS, 7], 3);
const shown = () =>
  tensor2d(
    [
      [1, 1, 0, 1, 1],
      [1, 0, 1, 1, 1],
    ],
    undefined,
    "bool",
  );

test("keys and values are computed once, and read by any number of calls", async () => {
  const [layer, mask] = [layerOf(), padding([5, 3], KEYS)];
  const memory = keyValuesOf(layer, key(), { value: value(), mask });
  expect([memory.fixed, memory.length, memory.batch]).toEqual([true, KEYS, BATCH]);
  for (const positional of [undefined, everything()]) {
    const cache = keyValuesOf(layer, key(), { value: value(), mask, positional });
    for (const seed of [1, 9]) {
      const query = random([BATCH, QUERIES, D_MODEL], seed);
      const wanted = layer.forward(query, { key: key(), value: value(), mask, positional });
      await expectClose(layer.forward(query, { cache, positional }), wanted, NEAR);
    }
    expect(cache.length).toBe(KEYS);
  }
});

test("a call's mask is joined with what is remembered", async () => {
  const [layer, mask] = [layerOf(), padding([5, 3], KEYS)];
  const own = { keys: shown(), ...causal() };
  const wanted = layer.forward(x(), { key: key(), value: value(), mask: and(mask, own) });
  const cache = keyValuesOf(layer, key(), { value: value(), mask });
  await expectClose(layer.forward(x(), { cache, mask: own }), wanted, NEAR);
  const plain = keyValuesOf(layer, key(), { value: value() });
  await expectClose(layer.forward(x(), { cache: plain, mask: and(mask, own) }), wanted, NEAR);
});

test("raw keys and explicit positions are kept, and turned at each call", async () => {
  const [layer, positional] = [layerOf(), rotating("raw")];
  const ids = (rows: number[][]) => tensor2d(rows, undefined, "int32");
  const span = {
    q: {
      start: 0,
      len: QUERIES,
      ids: ids([
        [4, 5, 6],
        [1, 2, 3],
      ]),
    },
    k: {
      start: 0,
      len: KEYS,
      ids: ids([
        [0, 1, 2, 3, 9],
        [3, 4, 5, 6, 7],
      ]),
    },
  };
  const wanted = layer.forward(x(), { key: key(), value: value(), positional, span });
  for (const strategy of [positional, rotating("rotated")]) {
    const cache = keyValuesOf(layer, key(), { value: value(), positional: strategy, span });
    const given = { q: span.q, k: { start: 0, len: KEYS } };
    const same = layer.forward(x(), { key: key(), value: value(), positional: strategy, span });
    const got = layer.forward(x(), { cache, positional: strategy, span: given });
    await expectClose(got, strategy === positional ? wanted : same, NEAR);
  }
});

test("beams share what was computed once", async () => {
  const layer = layerOf();
  const cache = keyValuesOf(layer, key(), { value: value(), mask: padding([5, 3], KEYS) });
  const whole = layer.forward(x(), { cache });
  cache.reorder([0, 0, 1]);
  const three = random([3, QUERIES, D_MODEL], 5);
  expect(layer.forward(three, { cache }).shape).toEqual([3, QUERIES, D_MODEL]);
  cache.reorder([0, 2]);
  await expectClose(layer.forward(x(), { cache }), whole, NEAR);
});

test("refuses what does not fit by name, changes nothing and leaves nothing behind", async () => {
  const [layer, query, keys, values] = [layerOf(), x(), key(), value()];
  const [wide, long] = [zeros([BATCH, KEYS, 5]) as Tensor3D, padding([1, 1], KEYS + 1)];
  const cache = keyValuesOf(layer, keys, { value: values });
  const grown = newCache(layer, { batch: BATCH, maxLen: 4 });
  const [self, extra] = [random([BATCH, 2, 4], 7), random([BATCH, 2, 7], 8)];
  const few = tensor2d([[1], [1]], undefined, "bool");
  const ids = tensor2d([[0], [0]], undefined, "int32");
  tidy(() => layer.forward(query, { key: self, value: extra, cache: grown }));
  const throwing = {
    ...rotating(),
    bias: () => {
      throw new RangeError("distance: expected at most 3, got 4");
    },
  };
  await expectNoLeak(() => {
    expect(() => keyValuesOf(layer, wide)).toThrow(
      "key: expected [batch=2, keys=5, 4], got [2, 5, 5]",
    );
    expect(() => keyValuesOf(layer, keys, { value: values, mask: long })).toThrow(
      "mask.keys: expected [2, 5], got [2, 6]",
    );
    const placed = { ...spanOf(5), k: { start: 0, len: 5, ids } };
    expect(() => keyValuesOf(layer, keys, { value: values, span: placed })).toThrow(
      "span.k.ids: expected [2, 5], got [2, 1]",
    );
    expect(() => keyValuesOf(layer, keys, { value: values, span: spanOf(3, 4) })).toThrow(
      new RangeError("span: expected 5 queries and 5 keys, got 5 and 4"),
    );
    expect(() => layer.forward(query, { cache, key: keys })).toThrow(
      new RangeError("key: expected none beside a fixed cache, got one"),
    );
    expect(() => layer.forward(query, { cache, mask: long })).toThrow(
      "mask.keys: expected [2, 5], got [2, 6]",
    );
    const add = { key: self, value: extra, cache: grown };
    expect(() => layer.forward(query, { ...add, span: spanOf(3, 2) })).toThrow(
      new RangeError("span: expected 3 queries and 4 keys, got 3 and 2"),
    );
    expect(() => layer.forward(query, { ...add, mask: { keys: few } })).toThrow(
      "mask.keys: expected [2, 2], got [2, 1]",
    );
    const documents = { queries: ids, keys: ids };
    expect(() => layer.forward(query, { ...add, mask: { documents } })).toThrow(
      "mask.documents.keys: expected [2, 2], got [2, 1]",
    );
    const span = { ...spanOf(3, 4), k: { start: 0, len: 4, ids } };
    expect(() => layer.forward(query, { ...add, span })).toThrow(
      new RangeError("span.k.ids: expected none beside a cache, which remembers them, got some"),
    );
    const told = { ...spanOf(3, 4), q: { start: 1, len: 3, ids } };
    expect(() => layer.forward(query, { ...add, span: told })).toThrow(
      "span.q.ids: expected [2, 2], got [2, 1]",
    );
    expect(() => layer.forward(query, { ...add, positional: throwing })).toThrow(
      "distance: expected at most 3, got 4",
    );
    const mask = dense(few);
    expect(() => layer.forward(query, { ...add, mask })).toThrow("mask.dense: expected a shape");
    expect(() => newCache(layer, { maxLen: 0 })).toThrow(
      new RangeError("maxLen: expected a whole number from 1, got 0"),
    );
  });
  expect([cache.length, grown.length]).toEqual([KEYS, 2]);
});
