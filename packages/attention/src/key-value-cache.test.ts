import {
  concat,
  gather,
  getBackend,
  getKernel,
  ones,
  profile,
  slice,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor3d,
  tensor4d,
  tidy,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { causal, dense, KeyValueCache, MultiHeadAttention, newCache } from "./index";
import { rotating } from "./strategies";

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

test("takes in what was written into its room, under the rules of append", () => {
  const cache = new KeyValueCache(SIZES);
  cache.took(5);
  expect(cache.length).toBe(5);
  expect(() => cache.took(3)).toThrow(new RangeError("cache: expected at most 7 tokens, got 8"));
  cache.truncate(0);
  cache.append(tokens(1, 0), tokens(1, 0), { positions: tensor2d([0, 0], [2, 1], "int32") });
  expect(() => cache.took(1)).toThrow("positions: expected some");
  expect(() => cache.fix().took(1)).toThrow("cache: expected one that takes in tokens");
  expect(cache.length).toBe(1);
  cache.dispose();
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

const bools = (rows: number[][]): Tensor2D => tensor2d(rows, undefined, "bool");
const ints = (rows: number[][]): Tensor2D => tensor2d(rows, undefined, "int32");

test("remembers facts of its tokens, and forgets them with the tokens", async () => {
  await expectNoLeak(async () => {
    const cache = new KeyValueCache(SIZES);
    const rows = [tokens(1, 0), tokens(2, 0)] as const;
    const facts = {
      visible: bools([
        [1, 0],
        [0, 1],
      ]),
      positions: ints([
        [4, 5],
        [9, 7],
      ]),
      documents: ints([
        [1, 1],
        [2, 3],
      ]),
    };
    cache.append(rows[1], rows[1], { positions: facts.positions, documents: facts.documents });
    expect(cache.visible()).toBeUndefined();
    cache.append(rows[1], rows[1], facts);
    const visible = cache.visible()!;
    expect(visible.dtype).toBe("bool");
    await expectClose(visible, [1, 1, 1, 0, 1, 1, 0, 1]);
    await expectClose(cache.positions!, [4, 5, 4, 5, 9, 7, 9, 7]);
    await expectClose(cache.documents!, [1, 1, 1, 1, 2, 3, 2, 3]);
    cache.truncate(3);
    const shorter = cache.visible()!;
    await expectClose(shorter, [1, 1, 1, 1, 1, 0]);
    await expectClose(cache.positions!, [4, 5, 4, 9, 7, 9]);
    cache.truncate(2);
    expect(cache.visible()).toBeUndefined();
    cache.truncate(0);
    expect(cache.positions).toBeUndefined();
    expect(cache.documents).toBeUndefined();
    for (const tensor of [visible, shorter, ...rows, ...Object.values(facts)]) tensor.dispose();
    cache.dispose();
  });
});

test("positions of the next tokens count visible ones", async () => {
  await expectNoLeak(async () => {
    const cache = new KeyValueCache(SIZES);
    const [rows, left] = [
      tokens(3, 0),
      bools([
        [0, 0, 1],
        [1, 1, 1],
      ]),
    ];
    const expectNext = async (wanted: number[], count: number, visible?: Tensor2D) => {
      const next = cache.nextPositions(count, visible);
      expect(next.dtype).toBe("int32");
      await expectClose(next, wanted);
      next.dispose();
    };
    await expectNext([0, 1, 2, 0, 1, 2], 3);
    await expectNext([0, 0, 0, 0, 1, 2], 3, left);
    cache.append(rows, rows);
    await expectNext([3, 4, 3, 4], 2);
    cache.append(rows, rows, { visible: left });
    await expectNext([4, 5, 6, 7], 2);
    expect(() => cache.nextPositions(2, left)).toThrow("visible: expected [2, 2], got [2, 3]");
    for (const tensor of [rows, left]) tensor.dispose();
    cache.dispose();
  });
});

test("takes rows in another order, more or fewer of them, facts and all", async () => {
  await expectNoLeak(async () => {
    const cache = new KeyValueCache({ ...SIZES, valueHeadDim: 1 });
    const [rows, one] = [tokens(1, 10), tensor4d([7, 8], [2, 1, 1, 1])];
    const facts = { visible: bools([[1], [0]]), positions: ints([[4], [9]]) };
    cache.append(rows, one, facts);
    const expectHeld = async (keys: number[], values: number[], visible: number[]) => {
      const held = [cache.keys(), cache.values(), cache.visible()!] as const;
      await expectClose(held[0], keys);
      await expectClose(held[1], values);
      await expectClose(held[2], visible);
      for (const tensor of held) tensor.dispose();
    };
    cache.reorder([1, 0, 1]);
    expect(cache.batch).toBe(3);
    await expectHeld([13, 14, 15, 10, 11, 12, 13, 14, 15], [8, 7, 8], [0, 1, 0]);
    await expectClose(cache.positions!, [9, 4, 9]);
    cache.reorder([1]);
    await expectHeld([10, 11, 12], [7], [1]);
    expect(() => cache.reorder([])).toThrow(
      new RangeError("rows: expected at least one, got none"),
    );
    for (const row of [1, -1, 0.5]) {
      expect(() => cache.reorder([0, row])).toThrow(
        new RangeError(`rows: expected whole numbers in [0, 1), got ${row}`),
      );
    }
    for (const tensor of [rows, one, ...Object.values(facts)]) tensor.dispose();
    cache.dispose();
  });
});

test("a reordered cache goes on as the rows that it was made of", async () => {
  const layer = new MultiHeadAttention({ dModel: 6, heads: 2, rng: new Rng(5) });
  const [x, next] = [random3d([2, 3, 6]), random3d([3, 1, 6])];
  const cache = newCache(layer, { batch: 2, maxLen: 4 });
  layer.forward(x, { mask: causal(), cache });
  cache.reorder([1, 1, 0]);
  const got = layer.forward(next, { mask: causal(), cache });
  const rows = gather(x, tensor1d([1, 1, 0], "int32"));
  const whole = layer.forward(concat([rows, next], 1), { mask: causal() });
  await expectClose(got, slice(whole, [0, 3, 0], [3, 1, 6]));
  cache.dispose();
});

test("facts are told of all tokens or of none, and fit them", async () => {
  const cache = new KeyValueCache(SIZES);
  const [rows, ids, wide] = [
    tokens(1, 0),
    ints([[1], [2]]),
    ints([
      [1, 1],
      [2, 2],
    ]),
  ];
  const all = { positions: ids, documents: ids };
  await expectNoLeak(() => {
    for (const name of ["visible", "positions", "documents"] as const) {
      expect(() => cache.append(rows, rows, { [name]: wide })).toThrow(
        `${name}: expected [2, 1], got [2, 2]`,
      );
    }
  });
  cache.append(rows, rows, all);
  for (const name of ["positions", "documents"] as const) {
    expect(() => cache.append(rows, rows, { ...all, [name]: undefined })).toThrow(
      new RangeError(`${name}: expected some, as of the 1 tokens before, got none`),
    );
  }
  const plain = new KeyValueCache(SIZES);
  plain.append(rows, rows);
  for (const name of ["positions", "documents"] as const) {
    expect(() => plain.append(rows, rows, { [name]: ids })).toThrow(
      new RangeError(`${name}: expected none, as of the 1 tokens before, got some`),
    );
  }
  expect([cache.length, plain.length]).toEqual([1, 1]);
  cache.fix();
  expect(() => cache.append(rows, rows, all)).toThrow(
    new RangeError("cache: expected one that takes in tokens, got a fixed one"),
  );
  for (const held of [cache, plain]) held.dispose();
});

test("a token that is taken in is all that is copied, where the engine writes in place", async () => {
  const layer = new MultiHeadAttention({ dModel: 6, heads: 2, rng: new Rng(5) });
  const [cache, x] = [newCache(layer, { maxLen: 64 }), random3d([1, 1, 6])];
  const decode = () => layer.forward(x, { mask: causal(), positional: rotating(), cache });
  const dataOf = () => Object.values(cache.room()).map(({ dataId }) => dataId);
  decode();
  const before = dataOf();
  const { kernelNames } = await profile(() => decode());
  if (getKernel("TxWriteRows", getBackend())) {
    expect(dataOf().map((dataId, n) => dataId === before[n])).toEqual([true, true]);
    // Nothing that could have copied the buffers on the way to attention.
    expect(kernelNames.filter((name) => /^(Slice|Concat|Transpose|Identity)$/.test(name))).toEqual(
      [],
    );
  }
  expect(cache.length).toBe(2);
  cache.dispose();
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
