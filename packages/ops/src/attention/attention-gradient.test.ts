import {
  grads,
  type Rank,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  util,
} from "@tensorflow/tfjs-core";
import { expectClose, expectGradients } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { type AttentionOptions, attention } from "./attention";
import { attentionWeights } from "./attention-weights";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor<Rank>(numbers(shape, shift), shape) as Tensor4D;

const query = (heads = 2, queries = 3) => made([1, heads, queries, 4]);
const key = (heads = 2) => made([1, heads, 5, 4], 17);
const value = (heads = 2) => made([1, heads, 5, 3], 40);

const withOptions =
  (options: AttentionOptions) =>
  (q: Tensor4D, k: Tensor4D, v: Tensor4D): Tensor =>
    attention(q, k, v, options);

describe("of query, key and value", () => {
  test.each<[string, AttentionOptions]>([
    ["plain", {}],
    ["scale", { scale: 0.3 }],
    ["causal", { mask: { causal: true } }],
    ["keys", { mask: { keys: tensor([true, false, true, true, false], [1, 5], "bool") } }],
    [
      "dense",
      {
        mask: {
          dense: tensor(
            numbers([2, 3, 5]).map((x) => x > 0),
            [2, 3, 5],
            "bool",
          ),
        },
      },
    ],
    ["window", { mask: { window: { before: 1, after: 1 } } }],
    ["prefix", { mask: { prefix: 2 } }],
    [
      "documents",
      {
        mask: {
          documents: {
            queries: tensor([1, 2, 2], [1, 3], "int32"),
            keys: tensor([1, 1, 1, 2, 2], [1, 5], "int32"),
          },
        },
      },
    ],
    ["bias", { bias: made([1, 2, 3, 5], 3) }],
    ["dropout", { dropout: { rate: 0.4, seed: 3 } }],
    ["all", { mask: { causal: true }, bias: made([3, 1], 3), dropout: { rate: 0.4, seed: 3 } }],
  ])("%s", (_, options) => expectGradients(withOptions(options), [query(), key(), value()]));

  test("more queries than keys, causal", () =>
    expectGradients(withOptions({ mask: { causal: true } }), [query(2, 7), key(), value()]));

  test.each([1, 2])("%i key heads for 4 heads", (kvHeads) =>
    expectGradients(withOptions({ dropout: { rate: 0.4, seed: 3 } }), [
      query(4),
      key(kvHeads),
      value(kvHeads),
    ]),
  );
});

describe("of a bias", () => {
  const scores = [2, 3, 2, 5];
  const shapes = [4, 3, 2, 1, 0].flatMap((rank) =>
    Array.from({ length: 2 ** rank }, (_, bits) =>
      scores.slice(4 - rank).map((n, axis) => ((bits >> axis) & 1 ? 1 : n)),
    ),
  );
  const [q, k, v] = [
    [2, 3, 2, 1],
    [2, 1, 5, 1],
    [2, 1, 5, 1],
  ].map((shape, n) => made(shape, 9 * n));

  test.each(shapes.map((shape) => [shape]))("%j", async (shape) => {
    const f = (bias: Tensor) => attention(q!, k!, v!, { bias, mask: { causal: true } });
    await expectGradients(f, [made(shape, 5)]);
  });
});

describe("of a query that sees nothing", () => {
  test("is zero exactly, also for the keys and values that nobody sees", async () => {
    const mask = { keys: tensor([false, false, false, false, false], [1, 5], "bool") as Tensor2D };
    const all = grads((q, k, v, bias) =>
      attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { mask, bias }),
    )([query(), key(), value(), made([2, 3, 5])]);
    expect(all).toHaveLength(4);
    for (const gradient of all) {
      await expectClose(gradient, Array(gradient.size).fill(0), { rtol: 0, atol: 0 });
    }
  });

  test("leaves those of the others right", () =>
    expectGradients(withOptions({ mask: { dense: tensor([true, false, true], [3, 1], "bool") } }), [
      query(),
      key(),
      value(),
    ]));
});

describe("of the weights", () => {
  const weights =
    (options: AttentionOptions) =>
    (q: Tensor4D, k: Tensor4D, bias?: Tensor): Tensor =>
      attentionWeights(q, k, { ...options, bias });

  test("for query and key", () => expectGradients(weights({ scale: 0.7 }), [query(), key()]));

  test("for a bias too, masked, in grouped queries", () =>
    expectGradients(weights({ mask: { causal: true } }), [
      query(4, 7),
      key(2),
      made([4, 1, 5], 3),
    ]));
});
