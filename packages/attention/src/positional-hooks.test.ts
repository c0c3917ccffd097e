import {
  mul,
  neg,
  randomNormal,
  reshape,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import { type Positional, Rng, type Span, spanOf } from "@tx/core";
import { attention, attentionWeights } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { causal, MultiHeadAttention } from "./index";

const [D_MODEL, HEADS, KV_HEADS, HEAD_DIM] = [6, 4, 2, 3];
const [QUERIES, KEYS] = [3, 5];
const BIASES = Array.from({ length: HEADS * QUERIES * KEYS }, (_, n) => ((n * 7) % 11) / 4 - 1);

const part = () =>
  new MultiHeadAttention({
    ...{ dModel: D_MODEL, heads: HEADS, kvHeads: KV_HEADS, headDim: HEAD_DIM },
    rng: new Rng(3),
    init: (shape) => randomNormal(shape, 0, 0.7, "float32", 9),
  });
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

  const split = (x: Tensor3D, heads: number): Tensor4D =>
    transpose(reshape(x, [2, x.shape[1], heads, HEAD_DIM]), [0, 2, 1, 3]);
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

test.each(["scores", "values"])("refuses a strategy with %s, and leaves nothing", async (hook) => {
  const [mha, x] = [part(), query()];
  const positional: Positional = { ...plain, [hook]: (t: Tensor4D) => t };
  await expectNoLeak(() => {
    expect(() => mha.forward(x, { positional })).toThrow(
      new RangeError(
        "positional: expected a strategy of rotate and bias, got test, which changes scores",
      ),
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
