import { grad, type Tensor, type Tensor2D, type Tensor4D, tensor } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { attentionWeights } from "../attention/attention-weights";
import type { Mask } from "../attention/mask";
import {
  bools,
  broadcastShapes,
  made,
  madeBool,
  numbers,
  type PerScore,
  reader,
} from "../attention/plain-attention";
import { ShapeError } from "../shapes";
import { maskedSoftmax } from "./masked-softmax";

const shape = [2, 3, 4, 5];
const sizes = { batch: 2, heads: 3, kvHeads: 3, queries: 4, keys: 5, headDim: 1, valueDim: 1 };

/** Softmax in loops, in double precision, of numbers(shape). */
function plain(may: PerScore<boolean>): number[] {
  const scores = numbers(shape);
  return scores.flatMap((_, n) => {
    if (n % 5 !== 0) return [];
    const row = n / 5;
    const at = [Math.floor(row / 12), Math.floor(row / 4) % 3, row % 4] as const;
    const powers = scores.slice(n, n + 5).map((x, j) => (may(...at, j) ? Math.exp(x) : 0));
    const total = powers.reduce((sum, x) => sum + x, 0);
    return powers.map((x) => x / (total || 1));
  });
}

const check = (mask: Mask | undefined, may: PerScore<boolean>) =>
  expectClose(maskedSoftmax(made(shape), { mask }), plain(may));

const shown = [true, false, true, true, false, false, false, false, true, true];
const ids = (numbers: number[], tokens: number) =>
  tensor(numbers, [2, tokens], "int32") as Tensor2D;
const documents = () => ({
  queries: ids([1, 1, 2, 2, 1, 3, 3, 9], 4),
  keys: ids([1, 1, 1, 2, 2, 1, 1, 3, 3, 3], 5),
});

describe("over the keys that are allowed", () => {
  test("all, without a mask or with an empty one", async () => {
    await check(undefined, () => true);
    await check({}, () => true);
    await expectClose(
      maskedSoftmax(made(shape)),
      plain(() => true),
    );
  });

  test("causal, aligned at the end", () => check({ causal: true }, (_b, _h, i, j) => j <= i + 1));

  test("a window", () =>
    check({ window: { before: 2, after: 0 } }, (_b, _h, i, j) => j <= i + 1 && j >= i - 1));

  test("a prefix", () => check({ prefix: 3 }, (_b, _h, i, j) => j < 3 || j <= i + 1));

  test("keys of each batch entry", () =>
    check({ keys: madeBool(shown, [2, 5]) as Tensor2D }, (b, _h, _i, j) => shown[b * 5 + j]!));

  test("documents", () => {
    const [queries, keys] = [documents().queries.dataSync(), documents().keys.dataSync()];
    return check(
      { documents: documents() },
      (b, _h, i, j) => queries[b * 4 + i] === keys[b * 5 + j],
    );
  });

  test.each(broadcastShapes(sizes).map((shape) => [shape]))("dense of %j", (of) => {
    const values = bools(of);
    return check({ dense: madeBool(values, of) }, reader(values, of));
  });

  test("all fields at once", () => {
    const dense = bools([3, 1, 5], 31);
    const mask = {
      causal: true,
      keys: madeBool(shown, [2, 5]) as Tensor2D,
      dense: madeBool(dense, [3, 1, 5]),
    };
    const mayDense = reader(dense, [3, 1, 5]);
    return check(mask, (b, h, i, j) => j <= i + 1 && shown[b * 5 + j]! && mayDense(b, h, i, j));
  });

  test("as attention has it for a dot product", async () => {
    const [query, key] = [made([2, 3, 4, 1]), made([2, 3, 5, 1], 17)];
    const [q, k] = [query.dataSync(), key.dataSync()];
    const scores = Array.from(
      { length: 120 },
      (_, n) => q[Math.floor(n / 5)]! * k[Math.floor(n / 20) * 5 + (n % 5)]!,
    );
    const mask = { causal: true };
    await expectClose(
      maskedSoftmax(tensor(scores, [2, 3, 4, 5]) as Tensor4D, { mask }),
      attentionWeights(query, key, { mask, scale: 1 }),
    );
  });
});

test("forbidden scores are replaced, however large", async () => {
  const scores = tensor([Infinity, 1, 3e38, 2], [1, 1, 1, 4]) as Tensor4D;
  const mask = { dense: tensor([false, true, false, true], [4], "bool") };
  const share = 1 / (1 + Math.E);
  await expectClose(maskedSoftmax(scores, { mask }), [0, share, 0, 1 - share]);
});

describe("gradients", () => {
  const of = (mask: Mask) => (scores: Tensor) => maskedSoftmax(scores as Tensor4D, { mask });

  test.each<[string, Mask]>([
    ["no mask", {}],
    ["causal", { causal: true }],
    ["causal window", { window: { before: 1, after: 0 } }],
    ["prefix", { prefix: 2 }],
    ["keys", { keys: madeBool(shown, [2, 5]) as Tensor2D }],
    ["documents", { documents: documents() }],
    ["dense", { dense: madeBool(bools([3, 4, 5]), [3, 4, 5]) }],
  ])("%s", (_, mask) => expectGradients(of(mask), [made(shape)]));

  test("are zero exactly for a query that sees nothing, as its weights", async () => {
    const f = of({ dense: tensor([true, false, true, true], [4, 1], "bool") });
    const blind = (values: ArrayLike<number>) =>
      Array.from(values).filter((_, n) => Math.floor(n / 5) % 4 === 1);
    const weights = await f(made(shape)).data();
    const gradient = await grad(f)(made(shape), made(shape, 5)).data();
    expect(blind(weights)).toEqual(Array(30).fill(0));
    expect(blind(gradient).every((x) => x === 0)).toBe(true);
  });
});

describe("refuses, and leaves nothing behind", () => {
  const axes = "[batch=2, heads=3, queries=4, keys=5]";
  test.each<[string, number[], (t: Tensor2D) => Mask, Error]>([
    [
      "scores without heads",
      [2, 4, 5],
      () => ({}),
      new ShapeError("scores: expected [batch, heads, queries, keys], got [2, 4, 5]"),
    ],
    [
      "keys of another number",
      shape,
      (keys) => ({ keys }),
      new ShapeError("mask.keys: expected [2, 5], got [2, 4]"),
    ],
    [
      "a dense mask that does not broadcast",
      shape,
      (dense) => ({ dense }),
      new ShapeError(`mask.dense: expected a shape that broadcasts to ${axes}, got [2, 4]`),
    ],
    [
      "a prefix below 0",
      shape,
      () => ({ prefix: -1 }),
      new RangeError("mask.prefix: expected a whole number from 0, got -1"),
    ],
  ])("%s", async (_, shape, mask, error) => {
    const [scores, bool] = [made(shape), madeBool(Array(8).fill(true), [2, 4]) as Tensor2D];
    await expectNoLeak(() => {
      expect(() => maskedSoftmax(scores, { mask: mask(bool) })).toThrow(error);
    });
  });

  test("nor does a call that succeeds", async () => {
    const scores = made(shape);
    await expectNoLeak(() => maskedSoftmax(scores, { mask: { causal: true } }).dispose());
    await expectNoLeak(() =>
      grad((x) => maskedSoftmax(x as Tensor4D, { mask: { causal: true } }))(scores).dispose(),
    );
  });
});
