import {
  eye,
  type Rank,
  reshape,
  type Tensor4D,
  tensor,
  tile,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { type AttentionOptions, attention } from "./attention";
import { attentionWeights } from "./attention-weights";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const made = (shape: number[], shift = 0) =>
  tensor<Rank>(
    Array.from(
      { length: util.sizeFromShape(shape) },
      (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
    ),
    shape,
  ) as Tensor4D;

const query = () => made([2, 4, 3, 5]);
const key = () => made([2, 2, 7, 5], 17);

test("a hand-made row", async () => {
  const [q, k] = [tensor([1], [1, 1, 1, 1]), tensor([0, Math.log(3)], [1, 1, 2, 1])] as Tensor4D[];
  await expectClose(attentionWeights(q!, k!), [0.25, 0.75]);
});

test.each<[string, AttentionOptions]>([
  ["plain", {}],
  ["causal", { mask: { causal: true } }],
  [
    "keys",
    {
      mask: {
        keys: tensor(
          Array.from({ length: 14 }, (_, n) => n % 3 > 0),
          [2, 7],
          "bool",
        ),
      },
    },
  ],
  ["scale and bias", { scale: -2, bias: made([4, 1, 7], 5) }],
])("are what attention mixes the values by: %s", async (_, options) => {
  const identity = tile(reshape(eye(7), [1, 1, 7, 7]), [2, 2, 1, 1]) as Tensor4D;
  const weights = attentionWeights(query(), key(), options);
  await expectClose(weights, attention(query(), key(), identity, options));
});

test("a row sums to 1, or to 0 where a query sees nothing", async () => {
  const [q, k] = [made([1, 1, 3, 5]), made([1, 1, 2, 5], 17)];
  const rows = await attentionWeights(q, k, { mask: { causal: true } }).array();
  const [first, second, third] = rows[0]![0]!;
  expect(first).toEqual([0, 0]);
  expect(second).toEqual([1, 0]);
  expect(third![0]! + third![1]!).toBeCloseTo(1, 6);
});

test("refuses what attention refuses, and leaves nothing behind", async () => {
  const [q, k, bias] = [query(), zeros([2, 2, 7, 4]) as Tensor4D, zeros([2])];
  await expectNoLeak(() => {
    expect(() => attentionWeights(q, k)).toThrow(
      new ShapeError("key: expected [batch=2, kvHeads=2, keys=7, headDim=5], got [2, 2, 7, 4]"),
    );
    expect(() => attentionWeights(q, q, { bias })).toThrow(
      new ShapeError(
        "bias: expected a shape that broadcasts to [batch=2, heads=4, queries=3, keys=3], got [2]",
      ),
    );
    expect(() => attentionWeights(q, q, { scale: Infinity })).toThrow(
      new RangeError("scale: expected a finite number, got Infinity"),
    );
  });
});
