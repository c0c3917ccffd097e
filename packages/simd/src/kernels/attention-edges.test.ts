import {
  add,
  engine,
  grads,
  type Rank,
  split,
  type Tensor,
  type Tensor4D,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { attention } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import type { SimdBackend } from "../backend";
import { type AttentionCase, outputAndGradients, tensorsOf } from "../testing/attention-case";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const row = (numbers: number[]) => tensor(numbers, [1, 1, numbers.length, 1]) as Tensor4D;

describe("a query that sees nothing", () => {
  test("gets zeros, and gives none of its gradient to anything", async () => {
    const [q, k, v] = [row([1, 2]), row([3, 4, 5]), row([Infinity, 7, 8])];
    const mask = { dense: tensor([0, 0, 0, 0, 1, 1], [2, 3], "bool") };
    const f = (a: Tensor, b: Tensor, c: Tensor) =>
      attention(a as Tensor4D, b as Tensor4D, c as Tensor4D, { mask });
    const output = await f(q, k, v).data();
    expect(output[0]).toBe(0);
    const finite = grads(f)([q, k, row([6, 7, 8])], row([1, 0]));
    for (const gradient of finite) {
      await expectClose(gradient, Array(gradient.size).fill(0), { rtol: 0, atol: 0 });
    }
  });

  test.each([1, 3])(
    "has an infinite top, others their log sum in two parts: %i queries",
    async (queries) => {
      const given: AttentionCase = { batch: 1, heads: 2, queries, keys: 5, headDim: 4 };
      const [query, key, value] = tensorsOf(given).inputs as [Tensor, Tensor, Tensor];
      const shown = Array.from({ length: queries * 5 }, (_, n) => n >= 5 && n % 2 === 0);
      const maskDense = tensor(queries > 1 ? shown : [0, 0, 0, 0, 0], [queries, 5], "bool");
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
      const [q, k] = (await Promise.all([query.data(), key.data()])) as [
        Float32Array,
        Float32Array,
      ];
      const wanted = Array.from({ length: 2 * queries }, (_, n) => {
        const [head, i] = [Math.floor(n / queries), n % queries];
        const powers = Array.from({ length: 5 }, (_, j) => {
          const dot = [0, 1, 2, 3].reduce(
            (sum, d) => sum + q[n * 4 + d]! * k[(head * 5 + j) * 4 + d]!,
            0,
          );
          return queries > 1 && shown[i * 5 + j] ? Math.exp(0.5 * dot) : 0;
        });
        const total = powers.reduce((sum, x) => sum + x, 0);
        return total === 0 ? Infinity : Math.log(total);
      });
      expect(wanted.filter((x) => x === Infinity)).toHaveLength(2);
      const [tops, logSums] = split(logSumExp, 2) as [Tensor, Tensor];
      await expectClose(add(tops, logSums), wanted);
    },
  );
});

test("-infinity hides, and where it hides all the row is zeros", async () => {
  const bias = tensor([-Infinity, 0, -Infinity, -Infinity], [2, 2]);
  const [q, k] = [row([1, 2]), row([3, 4])];
  const output = attention(q, k, row([5, 6]), { bias });
  await expectClose(output, [6, 0], { rtol: 0, atol: 0 });
  const all = grads((a, b, c, d) =>
    attention(a as Tensor4D, b as Tensor4D, c as Tensor4D, { bias: d }),
  )([q, k, row([5, 6]), bias]);
  await expectClose(all[2]!, [0, 1], { rtol: 0, atol: 0 });
  for (const gradient of [all[0]!, all[1]!, all[3]!]) {
    await expectClose(gradient, Array(gradient.size).fill(0), { rtol: 0, atol: 0 });
  }
});

describe("numbers that are out of the ordinary", () => {
  test("scores of tens of thousands", async () => {
    // Exact in float32, so that rounding cannot decide.
    const body = () => {
      const numbers = (count: number, step: number) =>
        Array.from({ length: count }, (_, n) => ((step * n) % 17) - 8);
      const [q, k, v] = [
        tensor(numbers(60, 5), [1, 1, 15, 4]),
        tensor(numbers(160, 7), [1, 1, 40, 4]),
        tensor(numbers(160, 3), [1, 1, 40, 4]),
      ] as const;
      const f = (...xs: Tensor[]) =>
        attention(...(xs as [Tensor4D, Tensor4D, Tensor4D]), { scale: 512 });
      return [f(q, k, v), ...grads(f)([q, k, v])];
    };
    await expectAsOnCpu(body, { rtol: 1e-3, atol: 1e-3 });
  });

  test.each([1, 9])("NaN and infinity where the reference has them, %i queries", (queries) =>
    expectAsOnCpu(() => {
      const key = tensor([1, 2, 3, 4, 5, 6], [1, 1, 3, 2]) as Tensor4D;
      const outputs = [NaN, Infinity, 1e30].flatMap((odd) => {
        const numbers = Array(queries * 2).fill(0.5);
        numbers[queries - 1] = odd;
        const query = tensor(numbers, [1, 1, queries, 2]) as Tensor4D;
        const values = tensor([1, odd, 3], [1, 1, 3, 1]) as Tensor4D;
        return [attention(query, key, key), attention(key, key, values)];
      });
      return outputs;
    }),
  );

  test("whole numbers are taken for floats", async () => {
    const f = (dtype: "int32" | "float32") => {
      const made = (numbers: number[], shape: number[]) =>
        tensor<Rank>(numbers, shape, dtype) as Tensor4D;
      const [q, k, v] = [
        made([1, 0, 2, 1], [1, 1, 2, 2]),
        made([1, 1, 0, 2, 1, 0], [1, 1, 3, 2]),
        made([3, 5, 9], [1, 1, 3, 1]),
      ];
      return attention(q, k, v, { bias: made([1, 0, 2], [3]) });
    };
    await expectNoLeak(() => tidy(() => void f("int32")));
    await expectClose(f("int32"), f("float32"), { rtol: 0, atol: 0 });
  });
});

test.each([
  { batch: 0, queries: 3, keys: 5 },
  { heads: 0, kvHeads: 2, queries: 3, keys: 5 },
  { queries: 0, keys: 5 },
  { queries: 3, keys: 0 },
  { queries: 3, keys: 5, valueDim: 0 },
  { queries: 3, keys: 0, room: 5 },
  { queries: 1, keys: 0, room: 5, layout: "bshd" as const },
])("sizes of 0: %j", (given) => {
  const [output, ...gradients] = outputAndGradients(given);
  const { inputs } = tensorsOf(given);
  expect(gradients.map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
  for (const tensor of [output!, ...gradients]) {
    expect(tensor.dataSync().every((x) => x === 0)).toBe(true);
  }
});

describe("stays within its memory", () => {
  const small = { batch: 1, heads: 2, kvHeads: 1, headDim: 3, valueDim: 5 };
  test.each<AttentionCase>([
    { ...small, queries: 7, keys: 9, documents: 3, shownKeys: 0.7, bias: [7, 9] },
    { ...small, queries: 13, keys: 6, dense: [[2, 13, 6], 0.7], bias: [6] },
    { ...small, queries: 9, keys: 70, mask: { prefix: 3, window: { before: 8 } }, bias: [1, 1] },
    { ...small, queries: 1, keys: 7, documents: 3, shownKeys: 0.7, bias: [2, 1, 7] },
    { ...small, queries: 7, keys: 9, layout: "bshd", documents: 3, shownKeys: 0.7, bias: [7, 9] },
    { ...small, queries: 13, keys: 6, layout: "bshd", batch: 2, heads: 4, kvHeads: 2 },
    { ...small, queries: 1, keys: 7, layout: "bshd", room: 0, shownKeys: 0.7 },
    { ...small, queries: 9, keys: 6, room: 1, dense: [[2, 9, 6], 0.7], bias: [6] },
    { ...small, queries: 9, keys: 6, layout: "bshd", room: 1, documents: 4, bias: [9, 6] },
    { ...small, queries: 8, keys: 8, headDim: 8, valueDim: 4, dropout: { rate: 0.3, seed: 2 } },
  ])("%j", (given) => expectInBounds(() => outputAndGradients(given)));

  test("and leaves nothing behind", async () => {
    const given = { ...small, queries: 9, keys: 70, bias: [9, 70], shownKeys: 0.5 };
    const { heap } = engine().backend as SimdBackend;
    const before = heap.bytesInUse;
    await expectNoLeak(() => tidy(() => void outputAndGradients(given)));
    expect(heap.bytesInUse).toBe(before);
  });
});
