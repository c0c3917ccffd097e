import {
  add,
  addN,
  concat,
  mul,
  neg,
  randomNormal,
  reshape,
  slice,
  square,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor,
  tile,
  transpose,
} from "@tensorflow/tfjs-core";
import { type Positional, Rng, type ScoreContext, type Span, spanOf } from "@tx/core";
import { attention, attentionWeights, maskedSoftmax, matMul } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { attendHeads, causal, MultiHeadAttention, type MultiHeadAttentionOptions } from "./index";

const [D_MODEL, HEADS, KV_HEADS, HEAD_DIM] = [6, 4, 2, 3];
const [QUERIES, KEYS] = [3, 5];
const BIASES = Array.from({ length: HEADS * QUERIES * KEYS }, (_, n) => ((n * 7) % 11) / 4 - 1);

const NEAR = { rtol: 1e-4, atol: 1e-5 };

const part = (options: Partial<MultiHeadAttentionOptions> = {}) =>
  new MultiHeadAttention({
    ...{ dModel: D_MODEL, heads: HEADS, kvHeads: KV_HEADS, headDim: HEAD_DIM },
    rng: new Rng(3),
    init: (shape) => randomNormal(shape, 0, 0.7, "float32", 9),
    ...options,
  });
const heads = (seq: number, width = HEAD_DIM, count = HEADS): Tensor4D =>
  randomNormal([2, count, seq, width], 0, 1, "float32", seq + width);
const split = (x: Tensor3D, count: number): Tensor4D =>
  transpose(reshape(x, [2, x.shape[1], count, HEAD_DIM]), [0, 2, 1, 3]);
/** Each key head for the two query heads that share it. */
const repeat = (x: Tensor4D): Tensor4D =>
  concat(
    [0, 0, 1, 1].map((head) => slice(x, [0, head, 0, 0], [2, 1, -1, -1])),
    1,
  );
const query = (): Tensor3D => randomNormal([2, QUERIES, D_MODEL], 0, 1, "float32", 1);
const key = (): Tensor3D => randomNormal([2, KEYS, D_MODEL], 0, 1, "float32", 2);
const plain = { kind: "test", toJSON: () => ({ kind: "test", version: 1 }) };

/** Notes how its hooks are called; scales queries and keys, and adds a table to the scores. */
function recording() {
  const calls: unknown[] = [];
  const strategy: Positional = {
    ...plain,
    rotate(t, side, span) {
      calls.push({ hook: "rotate", side, span, shape: t.shape });
      return mul(t, side === "q" ? 2 : -0.5);
    },
    bias(heads, span, layer) {
      calls.push({ hook: "bias", heads, span, layer });
      return tensor(BIASES, [HEADS, QUERIES, KEYS]);
    },
  };
  return { strategy, calls };
}

test("asks for each side and for a bias, with the call's span and layer", () => {
  const { strategy, calls } = recording();
  const span: Span = { q: { start: 7, len: QUERIES }, k: { start: 5, len: KEYS } };
  part().forward(query(), { key: key(), positional: strategy, span, layer: 11 });
  expect(calls).toEqual([
    { hook: "rotate", side: "q", span, shape: [2, HEADS, QUERIES, HEAD_DIM] },
    { hook: "rotate", side: "k", span, shape: [2, KV_HEADS, KEYS, HEAD_DIM] },
    { hook: "bias", heads: HEADS, span, layer: 11 },
  ]);
});

test("without a span the queries are the last of the keys, without a layer it is the first", () => {
  const { strategy, calls } = recording();
  part().forward(query(), { key: key(), positional: strategy });
  expect(calls).toMatchObject([{ span: spanOf(QUERIES, KEYS) }, {}, { layer: 0 }]);
});

test("honours what the hooks give", async () => {
  const mha = part();
  const options = { key: key(), mask: causal(), positional: recording().strategy };
  const { output, weights } = mha.forward(query(), { ...options, returnWeights: true });

  // Twice the queries times −½ of the keys.
  const q = neg(split(mha.query.forward(query()), HEADS));
  const k = split(mha.key.forward(key()), KV_HEADS);
  const v = split(mha.value.forward(key()), KV_HEADS);
  const wanted = { mask: causal(), bias: tensor(BIASES, [HEADS, QUERIES, KEYS]) };
  const mixed = transpose(attention(q, k, v, wanted), [0, 2, 1, 3]);
  await expectClose(output, mha.output.forward(reshape(mixed, [2, QUERIES, -1])));
  await expectClose(weights, attentionWeights(q, k, wanted));
});

test("a strategy's bias gets its gradient", async () => {
  const [mha, x] = [part(), query()];
  const forward = (bias: Tensor) => mha.forward(x, { positional: { ...plain, bias: () => bias } });
  await expectGradients(forward, [tensor(BIASES.slice(0, 36), [HEADS, QUERIES, QUERIES])]);
});

test("leaves embed to the model, and none of the hooks' tensors behind", async () => {
  const [mha, x, keys] = [part(), query(), key()];
  const embed = () => {
    throw new Error("embed: expected no call, got one");
  };
  await expectNoLeak(() => {
    const positional = { ...recording().strategy, embed };
    mha.forward(x, { key: keys, positional }).dispose();
  });
});

/** Rotates, biases, adds to the scores by the query's first feature, and to the output. */
const everything: Positional = {
  ...plain,
  rotate: (t, side) => mul(t, side === "q" ? 2 : -0.5),
  bias: () => tensor(BIASES, [HEADS, QUERIES, KEYS]),
  scores: (scores, { query, scale }) => add(scores, mul(sum(query, -1, true), scale)),
  values: (output, weights) => add(output, mul(sum(square(weights), -1, true), 3)),
};

test("honours all hooks together, in the order of the contract", async () => {
  const mha = part();
  const [x, keys, mask] = [query(), key(), causal()];
  const { output, weights } = mha.forward(x, {
    ...{ key: keys, mask, positional: everything, returnWeights: true },
  });
  const q = mul(split(mha.query.forward(x), HEADS), 2);
  const k = repeat(mul(split(mha.key.forward(keys), KV_HEADS), -0.5));
  const v = repeat(split(mha.value.forward(keys), KV_HEADS));
  const scale = 1 / Math.sqrt(HEAD_DIM);
  const dots = mul(matMul(q, k, { transposeB: true }), scale);
  const scores = addN([
    dots,
    tile(reshape(tensor(BIASES), [1, HEADS, QUERIES, KEYS]), [2, 1, 1, 1]),
    mul(tile(sum(q, -1, true), [1, 1, 1, KEYS]), scale),
  ]) as Tensor4D;
  const probabilities = maskedSoftmax(scores, { mask });
  await expectClose(weights, probabilities, NEAR);
  const mixed = add(matMul(probabilities, v), mul(sum(square(probabilities), -1, true), 3));
  const merged: Tensor3D = reshape(transpose(mixed, [0, 2, 1, 3]), [2, QUERIES, -1]);
  await expectClose(output, mha.output.forward(merged), NEAR);
});

test("hands scores and values what the contract says", () => {
  const calls: unknown[] = [];
  const note = (hook: string, { query, key, ...context }: ScoreContext) =>
    calls.push({ hook, query: query.shape, key: key.shape, ...context });
  const positional: Positional = {
    ...plain,
    scores: (scores, context) => {
      note("scores", context);
      return scores;
    },
    values: (output, weights, context) => {
      note(`values of ${weights.shape}`, context);
      return output;
    },
  };
  const mask = causal();
  const span: Span = { q: { start: 7, len: QUERIES }, k: { start: 5, len: KEYS } };
  part().forward(query(), { key: key(), positional, span, mask, layer: 11 });
  const context = {
    ...{ query: [2, HEADS, QUERIES, HEAD_DIM], key: [2, HEADS, KEYS, HEAD_DIM] },
    ...{ scale: 1 / Math.sqrt(HEAD_DIM), mask, span, layer: 11 },
  };
  expect(calls).toEqual([
    { hook: "scores", ...context },
    { hook: `values of 2,${HEADS},${QUERIES},${KEYS}`, ...context },
  ]);
});

test("values sees the weights after dropout, the same for a seed as the fused operation's", async () => {
  const mha = part({ dropout: 0.5 }).train();
  const fused = mha.forward(query());
  const again = part({ dropout: 0.5 }).train();
  const zero = (output: Tensor4D, weights: Tensor4D): Tensor4D =>
    add(output, mul(sum(weights, -1, true), 0));
  await expectClose(
    again.forward(query(), { positional: { ...plain, values: zero } }),
    fused,
    NEAR,
  );
});

test("gradients go through all hooks", async () => {
  const [mha, x] = [part(), query()];
  const bias = tensor(BIASES.slice(0, 36), [HEADS, QUERIES, QUERIES]);
  const forward = (x: Tensor3D, bias: Tensor) =>
    mha.forward(x, { positional: { ...everything, bias: () => bias }, mask: causal() });
  await expectGradients(forward, [x, bias]);
});

test("asks a strategy for its form on the layer", () => {
  const layers: number[] = [];
  const forLayer = (layer: number): Positional => {
    layers.push(layer);
    return { ...plain, bias: () => tensor(BIASES, [HEADS, QUERIES, KEYS]) };
  };
  const bias = () => {
    throw new Error("bias: expected the layer's");
  };
  part().forward(query(), { key: key(), positional: { ...plain, bias, forLayer }, layer: 3 });
  attendHeads(heads(QUERIES), heads(KEYS), heads(KEYS), { positional: { ...plain, forLayer } });
  expect(layers).toEqual([3, 0]);
});

test("attendHeads rotates too, and without hooks is the operation", async () => {
  const [q, k, v] = [heads(QUERIES), heads(KEYS), heads(KEYS)];
  const turned = attendHeads(q, k, v, { positional: recording().strategy });
  const options = { bias: tensor(BIASES, [HEADS, QUERIES, KEYS]) };
  await expectClose(turned, attention(mul(q, 2), mul(k, -0.5), v, options));
  const [mask, dropout] = [causal(), { rate: 0.5, seed: 3 }];
  await expectClose(attendHeads(q, k, v, { mask, dropout }), attention(q, k, v, { mask, dropout }));
});

test("refuses what does not compose, and leaves nothing behind", async () => {
  const [x, keys] = [query(), key()];
  const [q, k, wide, three] = [
    heads(QUERIES),
    heads(KEYS),
    heads(KEYS, HEAD_DIM + 1),
    heads(KEYS, HEAD_DIM, 3),
  ];
  const mha = part();
  const own = part({ score: (a) => a });
  const scores = { ...plain, scores: (t: Tensor4D) => t };
  const refusal = new RangeError(
    "positional: expected a strategy without scores beside a score function that is no scaled dot product, got test",
  );
  await expectNoLeak(() => {
    expect(() => own.forward(x, { positional: scores })).toThrow(refusal);
    expect(() => attendHeads(q, k, k, { positional: scores, score: (a) => a })).toThrow(refusal);
    for (const span of [spanOf(QUERIES, KEYS + 1), spanOf(QUERIES - 1, KEYS)]) {
      const message = `span: expected ${QUERIES} queries and ${KEYS} keys, got ${span.q.len} and ${span.k.len}`;
      expect(() => mha.forward(x, { key: keys, span })).toThrow(new RangeError(message));
      expect(() => attendHeads(q, k, k, { span })).toThrow(new RangeError(message));
    }
    const grown = { ...plain, scores: (t: Tensor4D) => transpose(t, [0, 1, 3, 2]) };
    expect(() => attendHeads(q, k, k, { positional: grown })).toThrow(
      "positional.scores: expected [2, 4, 3, 5], got [2, 4, 5, 3]",
    );
    const bias = () => tensor(BIASES, [HEADS, QUERIES, KEYS]);
    for (const hooks of [{ bias }, { bias, values: (t: Tensor4D) => t }]) {
      expect(() => attendHeads(k, k, k, { positional: { ...plain, ...hooks } })).toThrow(
        "bias: expected a shape that broadcasts to [batch=2, heads=4, queries=5, keys=5], got [4, 3, 5]",
      );
    }
    expect(() => attendHeads(q, k, q)).toThrow(
      "value: expected [batch=2, kvHeads=4, keys=5, valueDim], got [2, 4, 3, 3]",
    );
    expect(() => attendHeads(q, wide, k)).toThrow(
      "key: expected [batch=2, kvHeads=4, keys=5, headDim=3], got [2, 4, 5, 4]",
    );
    expect(() => attendHeads(q, three, three)).toThrow(
      "key: expected a number of heads that divides the query's 4, got 3",
    );
  });
});

test("a hook that throws leaves nothing behind", async () => {
  const [mha, x] = [part(), query()];
  const bias = () => {
    throw new RangeError("distance: expected at most 3, got 4");
  };
  await expectNoLeak(() => {
    expect(() => mha.forward(x, { positional: { ...plain, bias } })).toThrow(
      "distance: expected at most 3, got 4",
    );
  });
});
