import {
  add,
  mul,
  neg,
  randomNormal,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { attentionWeights, matMul } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  additive,
  attendHeads,
  causal,
  cosine,
  MultiHeadAttention,
  type ScoreFunction,
  scaledDotProduct,
} from "./index";

const [BATCH, HEADS, QUERIES, KEYS] = [2, 3, 4, 5];
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const random = (shape: number[], seed: number): Tensor4D =>
  randomNormal(shape as [number, number, number, number], 0, 1, "float32", seed);
const query = (width = 7) => random([BATCH, HEADS, QUERIES, width], 1);
const key = (width = 7) => random([BATCH, HEADS, KEYS, width], 2);
const value = () => random([BATCH, HEADS, KEYS, 6], 3);
type Rows = number[][][][];

/** Scores in loops, by what one query and one key score. */
async function wanted(
  q: Tensor4D,
  k: Tensor4D,
  score: (q: number[], k: number[], head: number) => number,
): Promise<number[]> {
  const [queries, keys] = [(await q.array()) as Rows, (await k.array()) as Rows];
  return queries.flatMap((heads, b) =>
    heads.flatMap((rows, h) =>
      rows.flatMap((row) => keys[b]![h]!.map((other) => score(row, other, h))),
    ),
  );
}

const dot = (a: number[], b: number[]) => a.reduce((total, x, i) => total + x * b[i]!, 0);

test("scaledDotProduct divides by the root of the width, or takes a scale of one's own", async () => {
  const [q, k] = [query(), key()];
  const plain = await wanted(q, k, (a, b) => dot(a, b) / Math.sqrt(7));
  await expectClose(scaledDotProduct().forward(q, k), plain, NEAR);
  const own = await wanted(q, k, (a, b) => dot(a, b) * -0.3);
  await expectClose(scaledDotProduct({ scale: -0.3 }).forward(q, k), own, NEAR);
  const one = attendHeads(q, k, value(), {
    score: scaledDotProduct({ scale: 1 }),
    returnWeights: true,
  });
  await expectClose(one.weights, attentionWeights(q, k, { scale: 1 }));
  expect(() => scaledDotProduct({ scale: Number.NaN })).toThrow(
    new RangeError("scale: expected a finite number, got NaN"),
  );
});

test("the layer's scale is the score's", async () => {
  const make = (score?: ScoreFunction) =>
    new MultiHeadAttention({ dModel: 6, heads: 2, rng: new Rng(1), ...(score && { score }) });
  const x: Tensor3D = randomNormal([2, 5, 6], 0, 9, "float32", 4);
  const weights = (score?: ScoreFunction) =>
    make(score).forward(x, { returnWeights: true }).weights;
  const own = scaledDotProduct({ scale: 1 / Math.sqrt(3) });
  await expectClose(weights(own), weights());
  await expect(expectClose(weights(scaledDotProduct({ scale: 2 })), weights())).rejects.toThrow();
});

test("additive is Bahdanau's formula, over widths of its own", async () => {
  const score = additive({ queryDim: 7, keyDim: 3, hiddenDim: 5, rng: new Rng(2) });
  const names = [...score.parameters()].map(([path, { shape }]) => [path, shape]);
  expect(names).toEqual([
    ["query.kernel", [7, 5]],
    ["key.kernel", [3, 5]],
    ["key.bias", [5]],
    ["vector", [5]],
  ]);
  for (const [n, parameter] of [...score.parameters().values()].entries()) {
    parameter.assign(randomNormal(parameter.shape, 0, 0.7, "float32", n + 5));
  }
  const kernels = [score.query.kernel, score.key.kernel];
  const [wq, wk] = (await Promise.all(kernels.map((kernel) => kernel.array()))) as number[][][];
  const [bias, v] = [await score.key.bias!.data(), await score.vector.data()];
  const column = (kernel: number[][], n: number) => kernel.map((row) => row[n]!);
  const [q, k] = [query(), key(3)];
  const fit = (a: number[], b: number[]) =>
    Array.from({ length: 5 }, (_, n) => n).reduce((total, n) => {
      const sum = dot(a, column(wq!, n)) + dot(b, column(wk!, n)) + bias[n]!;
      return total + v[n]! * Math.tanh(sum);
    }, 0);
  await expectClose(score.forward(q, k), await wanted(q, k, fit), NEAR);
  score.dispose();
});

test("cosine is the scaled cosine, and finite for a vector of zeros", async () => {
  const score = cosine({ heads: HEADS });
  score.scale.assign(tensor([1.5, -2, 4]));
  const [q, k] = [query(), mul(key(), tensor([0, 1, 1, 1, 1], [5, 1])) as Tensor4D];
  const length = (a: number[]) => Math.max(Math.sqrt(dot(a, a)), 1e-12);
  const scores = await wanted(
    q,
    k,
    (a, b, h) => ([1.5, -2, 4][h]! * dot(a, b)) / length(a) / length(b),
  );
  await expectClose(score.forward(q, k), scores, NEAR);
  const shared = cosine({ heads: 1, scale: 3 });
  const same = await wanted(q, k, (a, b) => (3 * dot(a, b)) / length(a) / length(b));
  await expectClose(shared.forward(q, k), same, NEAR);
  for (const part of [score, shared]) part.dispose();
});

test.each<[string, () => ScoreFunction]>([
  ["additive", () => additive({ queryDim: 7, rng: new Rng(2) })],
  ["cosine", () => cosine({ heads: HEADS })],
  ["a plain function", () => (q, k) => neg(distances(q, k))],
  ["a part of one's own", () => ({ forward: (q, k) => mul(distances(q, k), -0.5) })],
])("%s: gradients through a mask are those that differences give", async (_, make) => {
  const score = make();
  const forward = (q: Tensor4D, k: Tensor4D, v: Tensor4D) =>
    attendHeads(q, k, v, { score, mask: causal() });
  const few = (shape: number[], seed: number) => random(shape, seed);
  const inputs = [few([1, HEADS, 2, 7], 1), few([1, HEADS, 3, 7], 2), few([1, HEADS, 3, 2], 3)];
  await expectGradients(forward, inputs as [Tensor4D, Tensor4D, Tensor4D]);
});

/** Squared distances between queries and keys. */
function distances(q: Tensor4D, k: Tensor4D): Tensor4D {
  const lengths = (x: Tensor4D): Tensor4D => sum(square(x), -1, true);
  const apart = add(lengths(q), transpose(lengths(k), [0, 1, 3, 2]));
  return sub(apart, mul(matMul(q, k, { transposeB: true }), 2));
}

test("gradients reach the parameters of a score", async () => {
  const [q, k, v] = [query(3), key(3), value()];
  const score = additive({ queryDim: 3, hiddenDim: 2, rng: new Rng(2) });
  const kernel = randomNormal([3, 2], 0, 1, "float32", 8);
  const vector = randomNormal([2], 0, 1, "float32", 9);
  await expectGradients(
    (kernel: Tensor, vector: Tensor) => {
      Object.assign(score.query, { kernel });
      Object.assign(score, { vector });
      return attendHeads(q, k, v, { score });
    },
    [kernel, vector],
  );
  const angles = cosine({ heads: HEADS });
  await expectGradients(
    (scale: Tensor) => {
      Object.assign(angles, { scale });
      return attendHeads(q, k, v, { score: angles });
    },
    [randomNormal([HEADS], 0, 1, "float32", 7)],
  );
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const [q, k] = [query(), key(3)];
  const [two, wide] = [cosine({ heads: 2 }), zeros([1, HEADS, KEYS, 7]) as Tensor4D];
  const sum = additive({ queryDim: 7, rng: new Rng(2) });
  await expectNoLeak(() => {
    expect(() => two.forward(q, q)).toThrow(
      "query: expected [batch=2, 2, queries, headDim], got [2, 3, 4, 7]",
    );
    expect(() => sum.forward(q, k)).toThrow(
      "key: expected [batch=2, heads=3, keys=5, 7], got [2, 3, 5, 3]",
    );
    expect(() => sum.forward(q, wide)).toThrow(
      "key: expected [batch=2, heads=3, keys, 7], got [1, 3, 5, 7]",
    );
    expect(() => additive({ queryDim: 0, rng: new Rng(1) })).toThrow(
      new RangeError("queryDim: expected a whole number from 1, got 0"),
    );
    expect(() => additive({ queryDim: 3, hiddenDim: 1.5, rng: new Rng(1) })).toThrow(
      new RangeError("hiddenDim: expected a whole number from 1, got 1.5"),
    );
    expect(() => cosine({ heads: 0 })).toThrow("heads: expected a whole number from 1, got 0");
    expect(() => cosine({ heads: 1, scale: Number.POSITIVE_INFINITY })).toThrow(
      new RangeError("scale: expected a finite number, got Infinity"),
    );
    expect(() => cosine({ heads: 1, epsilon: 1e-30 })).toThrow(
      new RangeError("epsilon: expected a number from 1e-18, got 1e-30"),
    );
    expect(() => attendHeads(q, q, q, { score: (a) => a })).toThrow(
      "scores: expected [2, 3, 4, 4], got [2, 3, 4, 7]",
    );
  });
});
