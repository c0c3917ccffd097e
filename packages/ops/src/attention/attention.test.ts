import {
  fill,
  ones,
  type Rank,
  slice,
  type Tensor2D,
  type Tensor4D,
  tensor,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { dropoutScales } from "../dropout/random-bits";
import { type AttentionOptions, attention } from "./attention";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor<Rank>(numbers(shape, shift), shape) as Tensor4D;

const sizes = { batch: 2, heads: 6, kvHeads: 6, queries: 3, keys: 5, headDim: 4, valueDim: 7 };
type Sizes = typeof sizes;

/** Score entry [batch, head, query, key] to whether the query may attend, or to a bias. */
type PerScore<T> = (b: number, h: number, i: number, j: number) => T;

interface Plain {
  may?: PerScore<boolean>;
  bias?: PerScore<number>;
  scale?: number;
  scales?: ArrayLike<number>;
}

const shapesOf = (s: Sizes) => ({
  query: [s.batch, s.heads, s.queries, s.headDim],
  key: [s.batch, s.kvHeads, s.keys, s.headDim],
  value: [s.batch, s.kvHeads, s.keys, s.valueDim],
});

function operands(s: Sizes): [Tensor4D, Tensor4D, Tensor4D] {
  const { query, key, value } = shapesOf(s);
  return [made(query), made(key, 17), made(value, 40)];
}

/** Attention in loops, in double precision, of the numbers that operands(s) holds. */
function plain(s: Sizes, { may, bias, scale = 1 / Math.sqrt(s.headDim), scales }: Plain = {}) {
  const { query, key, value } = shapesOf(s);
  const [q, k, v] = [numbers(query), numbers(key, 17), numbers(value, 40)];
  const output: number[] = [];
  for (let b = 0; b < s.batch; b++) {
    for (let h = 0; h < s.heads; h++) {
      const kv = b * s.kvHeads + Math.floor((h * s.kvHeads) / s.heads);
      for (let i = 0; i < s.queries; i++) {
        const row = (b * s.heads + h) * s.queries + i;
        const scores = Array.from({ length: s.keys }, (_, j) => {
          if (may?.(b, h, i, j) === false) return Number.NEGATIVE_INFINITY;
          let dot = 0;
          for (let d = 0; d < s.headDim; d++)
            dot += q[row * s.headDim + d]! * k[(kv * s.keys + j) * s.headDim + d]!;
          return dot * scale + (bias?.(b, h, i, j) ?? 0);
        });
        const top = Math.max(...scores);
        const powers = scores.map((score) => (score === -Infinity ? 0 : Math.exp(score - top)));
        const total = powers.reduce((sum, power) => sum + power, 0);
        for (let d = 0; d < s.valueDim; d++) {
          const terms = powers.map((power, j) => {
            const weight = (power / (total || 1)) * (scales?.[row * s.keys + j] ?? 1);
            return weight * v[(kv * s.keys + j) * s.valueDim + d]!;
          });
          output.push(terms.reduce((sum, term) => sum + term, 0));
        }
      }
    }
  }
  return output;
}

/** Every shape that broadcasts to [batch, heads, queries, keys], from a scalar up. */
const broadcastShapes = ({ batch, heads, queries, keys }: Sizes): number[][] =>
  [4, 3, 2, 1, 0].flatMap((rank) =>
    Array.from({ length: 2 ** rank }, (_, bits) =>
      [batch, heads, queries, keys].slice(4 - rank).map((n, axis) => ((bits >> axis) & 1 ? 1 : n)),
    ),
  );

/** Reads numbers of a broadcast shape at a score. */
function reader<T>(values: T[], shape: number[]): PerScore<T> {
  const strides = util.computeStrides(shape).concat(1);
  return (...score) =>
    values[
      shape.reduce((n, size, axis) => {
        const index = score[4 - shape.length + axis]!;
        return n + (size === 1 ? 0 : index * strides[axis]!);
      }, 0)
    ]!;
}

const bools = (shape: number[], shift = 0) => numbers(shape, shift).map((x) => x > -0.4);
const madeBool = (values: boolean[], shape: number[]) => tensor(values, shape, "bool");

const check = async (s: Sizes, options: AttentionOptions, wanted: Plain) => {
  const output = attention(...operands(s), options);
  expect(output.shape).toEqual([s.batch, s.heads, s.queries, s.valueDim]);
  await expectClose(output, plain(s, wanted), { rtol: 1e-5, atol: 5e-6 });
};

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

describe("masks", () => {
  test.each([
    ["as many", 5, 5],
    ["fewer", 3, 5],
    ["more", 7, 5],
    ["one of the", 1, 5],
  ])("causal, aligned at the end, for %s queries as keys", async (_, queries, keys) => {
    const may: PerScore<boolean> = (_b, _h, i, j) => j <= i + (keys - queries);
    await check({ ...sizes, queries, keys }, { mask: { causal: true } }, { may });
  });

  const keys = [true, true, false, true, false, false, false, true, true, true];
  const madeKeys = () => madeBool(keys, [2, 5]) as Tensor2D;
  const mayKeys: PerScore<boolean> = (b, _h, _i, j) => keys[b * 5 + j]!;

  test("keys of each batch entry", () =>
    check(sizes, { mask: { keys: madeKeys() } }, { may: mayKeys }));

  test.each(broadcastShapes(sizes).map((shape) => [shape]))("dense of %j", async (shape) => {
    const values = bools(shape);
    await check(
      sizes,
      { mask: { dense: madeBool(values, shape) } },
      { may: reader(values, shape) },
    );
  });

  test("all fields at once must all allow", async () => {
    const shape = [6, 1, 5];
    const dense = bools(shape, 31);
    const mask = { causal: true, keys: madeKeys(), dense: madeBool(dense, shape) };
    const mayDense = reader(dense, shape);
    const may: PerScore<boolean> = (...at) => {
      const [, , i, j] = at;
      return j <= i + 2 && mayKeys(...at) && mayDense(...at);
    };
    await check(sizes, { mask }, { may });
  });

  test("causal false, and fields that are undefined, hide nothing", () =>
    check(sizes, { mask: { causal: false, keys: undefined, dense: undefined } }, {}));

  test("a query that sees nothing gets zeros exactly", async () => {
    const queries = 7;
    const output = attention(...operands({ ...sizes, queries }), { mask: { causal: true } });
    const blind = slice(output, [0, 0, 0, 0], [2, 6, 2, 7]);
    await expectClose(blind, zeros(blind.shape), { rtol: 0, atol: 0 });
    const none = { dense: madeBool([false], [1]) };
    const all = attention(...operands(sizes), { mask: none });
    await expectClose(all, zeros(all.shape), { rtol: 0, atol: 0 });
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
