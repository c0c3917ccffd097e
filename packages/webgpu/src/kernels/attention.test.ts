import {
  add,
  engine,
  grads,
  split,
  type Tensor,
  type Tensor4D,
  tensor,
} from "@tensorflow/tfjs-core";
import { attention } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import {
  type AttentionCase,
  broadcastShapes,
  outputAndGradients,
  randomCases,
  tensorsOf,
} from "../testing/attention-case";
import { expectAsOnCpu } from "../testing/compare";

// Single entries of a gradient are differences of much larger numbers.
const close = { rtol: 2e-5, atol: 5e-5 };
const ran = ["TxAttention", "TxAttentionGrad"];
const check = (given: AttentionCase, kernels = ran) =>
  expectAsOnCpu(() => outputAndGradients(given), kernels, close);

// An emulated GPU compiles a program for seconds: a part of the cases, all of them where asked for. A
// page runs this file only where all is asked for.
const all = typeof process === "undefined" || process.env.TX_WEBGPU_CASES === "all";
const part = <T>(cases: readonly T[], every: number): T[] =>
  cases.filter((_, n) => all || n % every === 0);

describe("as the reference", () => {
  const named = part(randomCases(40, 1), 5).map((given) => [JSON.stringify(given), given] as const);
  test.each(named)("%s", (_, given) => check(given));

  const axes = ["queries", "keys", "headDim", "valueDim"] as const;
  test.each(axes)("any number of %s", async (axis) => {
    const plain = { batch: 1, heads: 1, queries: 9, keys: 11, headDim: 5, valueDim: 6 };
    for (const size of part([1, 2, 3, 4, 5, 31, 32, 33, 64, 65], 3)) {
      await check({ ...plain, [axis]: size });
      await check({ ...plain, [axis]: size, mask: { causal: true }, bias: [1] });
    }
  });

  test("over several tiles of either", async () => {
    const long = { batch: 1, heads: 2, kvHeads: 1, queries: 70, keys: 101, headDim: 8 };
    await check(long);
    await check({ ...long, mask: { causal: true } });
    await check({ ...long, queries: 101, keys: 70, mask: { causal: true } });
    await check({ ...long, mask: { window: { before: 40, after: 5 } } });
    await check({ ...long, mask: { prefix: 66 }, documents: 37 });
    await check({ ...long, shownKeys: 0.05, dropout: { rate: 0.1, seed: 9 } });
    await check({ ...long, dense: [[70, 101], 0.05], bias: [2, 70, 101] });
  });

  const widths = [
    [65, 97],
    [128, 128],
    [3, 128],
    [96, 33],
  ] as const;
  test.each(part(widths, 4))("heads of %d features, values of %d", async (headDim, valueDim) => {
    const wide = { batch: 1, heads: 2, kvHeads: 1, queries: 37, keys: 41, headDim, valueDim };
    await check({ ...wide, mask: { causal: true } });
    await check({ ...wide, layout: "bshd", bias: [2, 37, 41], dropout: { rate: 0.2, seed: 4 } });
  });

  test("in either layout, of buffers with room, for every kind of group", async () => {
    for (const layout of ["bhsd", "bshd"] as const) {
      for (const kvHeads of part([3, 6, 1], 3)) {
        const sizes = { batch: 3, heads: 6, kvHeads, headDim: 5, valueDim: 11, layout };
        await check({ ...sizes, queries: 40, keys: 35, mask: { causal: true } });
        await check({ ...sizes, queries: 9, keys: 67, room: 3, shownKeys: 0.8, bias: [6, 9, 67] });
        await check({ ...sizes, queries: 1, keys: 37, room: 13, documents: 11 });
      }
    }
  });

  test("with all that there is at once", () =>
    check({
      ...{ queries: 35, keys: 39, headDim: 7, heads: 4, kvHeads: 2, layout: "bshd", scale: 0.3 },
      ...{ mask: { window: { before: 30, after: 3 }, prefix: 9 }, documents: 13 },
      ...{ shownKeys: 0.9, dense: [[2, 1, 35, 39], 0.8], bias: [4, 1, 39] },
      dropout: { rate: 0.3, seed: 11 },
    }));
});

describe("few queries", () => {
  const sizes = { batch: 2, heads: 4, kvHeads: 2, headDim: 7, valueDim: 35 };
  // The gradients' programs are those of many queries.
  const checkOutput = (given: AttentionCase) =>
    expectAsOnCpu(
      () => {
        const { inputs, options } = tensorsOf(given);
        const [query, key, value, bias] = inputs as [Tensor4D, Tensor4D, Tensor4D, Tensor?];
        return attention(query, key, value, { ...options, bias });
      },
      ["TxAttention"],
      close,
    );

  test("of few keys", () =>
    checkOutput({ ...sizes, queries: 3, keys: 37, mask: { causal: true } }));

  test("of keys that several workgroups share", async () => {
    const many = { ...sizes, layout: "bshd", keys: 523, room: 5 } as const;
    await checkOutput({ ...many, queries: 1, mask: { causal: true } });
    await checkOutput({ ...many, queries: 8, mask: { window: { before: 100, after: 0 } } });
    const full = { bias: [4, 2, 523], shownKeys: 0.7, dropout: { rate: 0.3, seed: 5 } };
    await checkOutput({ ...many, queries: 2, ...full });
    await checkOutput({ ...many, queries: 2, shownKeys: 0.002 });
    await check({ ...many, valueDim: 6, queries: 2, mask: { causal: true } });
  });
});

describe("broadcast to the scores", () => {
  const sizes = { batch: 2, heads: 4, kvHeads: 2, queries: 9, keys: 13, headDim: 3 };
  test.each(part(broadcastShapes([2, 4, 9, 13]), 4).map((shape) => [shape]))(
    "%j",
    async (shape) => {
      await check({ ...sizes, bias: shape, mask: { causal: true } });
      await check({ ...sizes, dense: [shape, 0.6] });
    },
  );

  test("a bias summed over tiles", async () => {
    const long = { batch: 2, heads: 2, queries: 37, keys: 70, headDim: 2 };
    for (const bias of [[37, 70], [2, 1, 1, 70], [2, 37, 1], [1]]) await check({ ...long, bias });
  });
});

describe("a query that sees nothing", () => {
  const row = (numbers: number[]) => tensor(numbers, [1, 1, numbers.length, 1]) as Tensor4D;

  test("gets zeros, and gives none of its gradient to anything", async () => {
    const [q, k, v] = [row([1, 2]), row([3, 4, 5]), row([Infinity, 7, 8])];
    const mask = { dense: tensor([0, 0, 0, 0, 1, 1], [2, 3], "bool") };
    const f = (a: Tensor, b: Tensor, c: Tensor) =>
      attention(a as Tensor4D, b as Tensor4D, c as Tensor4D, { mask });
    expect((await f(q, k, v).data())[0]).toBe(0);
    for (const gradient of grads(f)([q, k, row([6, 7, 8])], row([1, 0]))) {
      await expectClose(gradient, Array(gradient.size).fill(0), { rtol: 0, atol: 0 });
    }
  });

  test("also where a bias of -infinity hides all", async () => {
    const bias = tensor([-Infinity, 0, -Infinity, -Infinity], [2, 2]);
    const [q, k, v] = [row([1, 2]), row([3, 4]), row([5, 6])];
    await expectClose(attention(q, k, v, { bias }), [6, 0], { rtol: 0, atol: 0 });
    const f = (v: Tensor) => attention(q, k, v as Tensor4D, { bias });
    await expectClose(grads(f)([v])[0]!, [0, 1], { rtol: 0, atol: 0 });
  });

  test("has an infinite top, others their log sum in two parts", async () => {
    const [queries, keys] = [3, 5];
    const given: AttentionCase = { batch: 1, heads: 2, queries, keys, headDim: 4 };
    const [query, key, value] = tensorsOf(given).inputs as [Tensor, Tensor, Tensor];
    const shown = Array.from({ length: queries * keys }, (_, n) => n >= keys && n % 2 === 0);
    const maskDense = tensor(shown, [queries, keys], "bool");
    const attributes = {
      layout: "bhsd",
      scale: 0.5,
      causal: false,
      dropoutRate: 0,
      dropoutSeed: 0,
    };
    const [, logSumExp] = engine().runKernel(
      "TxAttention",
      { query, key, value, maskDense },
      attributes,
    ) as unknown as [Tensor, Tensor];
    expect(logSumExp.shape).toEqual([2, 1, 2, queries]);
    const [q, k] = (await Promise.all([query.data(), key.data()])) as [Float32Array, Float32Array];
    const wanted = Array.from({ length: 2 * queries }, (_, n) => {
      const [head, i] = [Math.floor(n / queries), n % queries];
      const powers = Array.from({ length: keys }, (_, j) => {
        const dot = [0, 1, 2, 3].reduce(
          (sum, d) => sum + q[n * 4 + d]! * k[(head * keys + j) * 4 + d]!,
          0,
        );
        return shown[i * keys + j] ? Math.exp(0.5 * dot) : 0;
      });
      const total = powers.reduce((sum, x) => sum + x, 0);
      return total === 0 ? Infinity : Math.log(total);
    });
    expect(wanted.filter((x) => x === Infinity)).toHaveLength(2);
    const [tops, logSums] = split(logSumExp, 2) as [Tensor, Tensor];
    await expectClose(add(tops, logSums), wanted);
  });
});

test("scores of tens of thousands", () =>
  // Exact in float32, so that rounding cannot decide.
  expectAsOnCpu(
    () => {
      const numbers = (count: number, step: number) =>
        Array.from({ length: count }, (_, n) => ((step * n) % 17) - 8);
      const made = (rows: number, step: number) => tensor(numbers(rows * 4, step), [1, 1, rows, 4]);
      const inputs = [made(15, 5), made(40, 7), made(40, 3)];
      const f = (...xs: Tensor[]) =>
        attention(...(xs as [Tensor4D, Tensor4D, Tensor4D]), { scale: 512 });
      return [f(...inputs), ...grads(f)(inputs)];
    },
    ran,
    { rtol: 1e-3, atol: 1e-3 },
  ));

test.each([
  { queries: 0, keys: 5 },
  { queries: 0, keys: 5, bias: [2, 1, 5], layout: "bshd" },
  { queries: 3, keys: 5, valueDim: 0, bias: [5] },
] as const)("where nothing comes out, nothing comes back: %j", (given) =>
  check(given as AttentionCase),
);

test.each([
  { queries: 3, keys: 5, headDim: 129, valueDim: 2 },
  { queries: 3, keys: 5, headDim: 2, valueDim: 131 },
])("left to the reference: %j", (given) => check(given, []));
