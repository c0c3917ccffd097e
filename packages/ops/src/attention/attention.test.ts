import { fill, ones, type Tensor4D, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { dropoutScales } from "../dropout/random-bits";
import { type AttentionOptions, attention } from "./attention";
import { broadcastShapes, check, made, numbers, operands, reader, sizes } from "./plain-attention";

describe("weighs values by softmax of scaled scores", () => {
  test("values of another width than keys", () => check(sizes, {}, {}));
  test("one query and one key", () => check({ ...sizes, queries: 1, keys: 1 }, {}, {}));
  test("a scale, 0 and negative ones included", async () => {
    for (const scale of [0.3, 0, -1.5]) await check(sizes, { scale }, { scale });
  });
});

describe("grouped queries", () => {
  test.each([1, 2, 3])("%i key heads for 6 heads", async (kvHeads) => {
    const s = { ...sizes, kvHeads };
    await check(s, {}, {});
    await check(s, { mask: { causal: true } }, { may: (_b, _h, i, j) => j <= i + 2 });
    const shape = [6, 3, 5];
    await check(s, { bias: made(shape, 5) }, { bias: reader(numbers(shape, 5), shape) });
  });
});

describe("bias", () => {
  test.each(broadcastShapes(sizes).map((shape) => [shape]))("of %j", async (shape) => {
    await check(sizes, { bias: made(shape, 3) }, { bias: reader(numbers(shape, 3), shape) });
  });
});

describe("huge scores", () => {
  const row = (...values: number[]) => tensor(values, [1, 1, values.length, 1]) as Tensor4D;
  const value = () => row(1, 10, 100);
  const causal = { mask: { causal: true }, scale: 1 };

  test("take all the weight, without an overflow", async () => {
    const output = attention(row(1e6, -1e6), row(-1e6, 0, 1e6), value());
    await expectClose(output, [100, 1]);
  });

  test("count for nothing where they are hidden", async () => {
    const output = attention(row(1, 1, 1), row(0, 1e5, 1e15), value(), causal);
    await expectClose(output, [1, 10, 100]);
  });

  test("stay below no hidden one however low they are", async () => {
    await expectClose(attention(row(1e5, 1, 1), row(-1e5, 0, 1e5), value(), causal), [1, 10, 100]);
    const bias = fill([1, 1, 3, 3], -1e30);
    const output = attention(row(0, 0, 0), row(1, 1, 1), value(), { ...causal, bias });
    await expectClose(output, [1, 5.5, 37]);
  });
});

describe("dropout", () => {
  const dropout = { rate: 0.3, seed: 5 };
  const count = 2 * 6 * 3 * 5;

  test("drops weights as dropoutScales says, before the values are mixed", () =>
    check(sizes, { dropout }, { scales: dropoutScales(count, 0.3, 5) }));

  test("in grouped queries drops the same weights", () =>
    check({ ...sizes, kvHeads: 2 }, { dropout }, { scales: dropoutScales(count, 0.3, 5) }));

  test("repeats with its seed, differs with another, and rate 0 is none", async () => {
    const run = (options: AttentionOptions) => attention(...operands(sizes), options);
    await expectClose(run({ dropout }), run({ dropout: { ...dropout } }), { rtol: 0, atol: 0 });
    const [a, b] = await Promise.all(
      [5, 6].map((seed) => run({ dropout: { rate: 0.3, seed } }).data()),
    );
    expect(a).not.toEqual(b);
    await check(sizes, { dropout: { rate: 0, seed: 1 } }, {});
  });

  test("keeps the mean", async () => {
    const [query, key] = [zeros([3, 5, 40, 4]), zeros([3, 5, 64, 4])] as Tensor4D[];
    const output = attention(query!, key!, ones([3, 5, 64, 1]), { dropout });
    const sums = await output.data<"float32">();
    const mean = sums.reduce((sum, x) => sum + x, 0) / sums.length;
    // 38 400 weights of 1/64, 64 to a sum, each with a deviation of √(0.3 / 0.7) / 64.
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(0.3 / 0.7 / 38_400));
  });
});
