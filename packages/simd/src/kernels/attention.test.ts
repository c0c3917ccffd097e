import { engine, ones, slice, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import { attention } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import type { SimdBackend } from "../backend";
import {
  type AttentionCase,
  broadcastShapes,
  outputAndGradients,
  randomCases,
  tensorsOf,
} from "../testing/attention-case";
import { expectAsOnCpu } from "../testing/compare";

// Single entries of a gradient are differences of much larger numbers.
const close = { rtol: 1e-5, atol: 2e-5 };
const check = (given: AttentionCase) => expectAsOnCpu(() => outputAndGradients(given), close);

describe("as the reference", () => {
  const named = randomCases(80, 1).map((given) => [JSON.stringify(given), given] as const);
  test.each(named)("%s", (_, given) => check(given));

  const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 31, 32, 33, 63, 64, 65, 66, 67];
  const axes = ["queries", "keys", "headDim", "valueDim"] as const;
  test.each(axes)("any number of %s", async (axis) => {
    const plain = { batch: 1, heads: 1, queries: 9, keys: 11, headDim: 5, valueDim: 6 };
    for (const size of sizes) {
      await check({ ...plain, [axis]: size });
      await check({ ...plain, [axis]: size, mask: { causal: true }, bias: [1] });
    }
  });

  test("over several blocks of queries and tiles of keys", async () => {
    const long = { batch: 1, heads: 2, kvHeads: 1, queries: 150, keys: 301, headDim: 8 };
    await check(long);
    await check({ ...long, mask: { causal: true } });
    await check({ ...long, queries: 301, keys: 150, mask: { causal: true } });
    await check({ ...long, mask: { window: { before: 70, after: 5 } } });
    await check({ ...long, mask: { prefix: 200 }, documents: 77 });
    await check({ ...long, shownKeys: 0.02, dropout: { rate: 0.1, seed: 9 } });
    await check({ ...long, dense: [[150, 301], 0.01], bias: [2, 150, 301] });
  });

  test("for one query of many keys", async () => {
    const one = { heads: 4, kvHeads: 2, queries: 1, keys: 600, headDim: 5, valueDim: 3 };
    await check({ ...one, headDim: 37, valueDim: 43 });
    await check({ ...one, mask: { causal: true, window: { before: 530 } } });
    await check({ ...one, mask: { prefix: 3, window: { after: 2 } }, bias: [4, 1, 600] });
    await check({ ...one, documents: 300, bias: [2, 1, 1, 1], dropout: { rate: 0.2, seed: 4 } });
    await check({ ...one, shownKeys: 0.3, dense: [[2, 1, 1, 600], 0.3] });
    await check({ ...one, dense: [[4, 1, 1], 0.5] });
  });

  test("in either layout, of buffers with room, for every kind of group", async () => {
    for (const layout of ["bhsd", "bshd"] as const) {
      for (const kvHeads of [6, 3, 2, 1]) {
        const sizes = { batch: 3, heads: 6, kvHeads, headDim: 5, valueDim: 11, layout };
        await check({ ...sizes, queries: 70, keys: 131, mask: { causal: true } });
        await check({ ...sizes, queries: 9, keys: 67, room: 3, shownKeys: 0.8, bias: [6, 9, 67] });
        await check({ ...sizes, queries: 1, keys: 37, room: 13, documents: 11 });
      }
    }
  });

  test("for heads wider than what is packed at once", () =>
    check({ batch: 1, heads: 1, queries: 9, keys: 5, headDim: 2051, valueDim: 2050, spread: 0.3 }));

  test("for such heads side by side", () =>
    check({
      ...{ batch: 1, heads: 2, queries: 9, keys: 5, headDim: 2051, valueDim: 2050, spread: 0.3 },
      ...{ layout: "bshd", room: 1 },
    }));
});

describe("bias", () => {
  const sizes = { batch: 2, heads: 4, kvHeads: 2, queries: 9, keys: 13, headDim: 3 };
  test.each(broadcastShapes([2, 4, 9, 13]).map((shape) => [shape]))("of %j", (shape) =>
    check({ ...sizes, bias: shape, mask: { causal: true } }),
  );

  test("summed over more pairs than pieces", () =>
    check({ batch: 5, heads: 7, queries: 11, keys: 70, headDim: 2, bias: [11, 70] }));
});

describe("dense mask", () => {
  const sizes = { batch: 2, heads: 4, kvHeads: 2, queries: 9, keys: 13, headDim: 3 };
  test.each(broadcastShapes([2, 4, 9, 13]).map((shape) => [shape]))("of %j", (shape) =>
    check({ ...sizes, dense: [shape, 0.6] }),
  );
});

describe("8192 tokens", () => {
  const shape: [number, number, number, number] = [1, 4, 8192, 32];
  const bytes = 4 * 4 * 8192 * 32;

  test.each(["bhsd", "bshd"] as const)("need no room for a matrix of scores, %s", (layout) => {
    const { heap } = engine().backend as SimdBackend;
    const given = { batch: 1, heads: 4, queries: 8192, keys: 8192, headDim: 32, layout };
    const peak = peakOf(heap, () =>
      tidy(() => void outputAndGradients({ ...given, mask: { causal: true } })),
    );
    // query, key, value, dy, the output twice, three gradients, and a few megabytes.
    expect(peak).toBeLessThan(9 * bytes + 10 * 2 ** 20);
  });

  test("are attended to rightly at the end", async () => {
    const given = { batch: 1, heads: 4, queries: 8192, keys: 8192, headDim: 32 };
    const [query, key, value] = tensorsOf(given).inputs as [Tensor4D, Tensor4D, Tensor4D];
    const whole = attention(query, key, value, { mask: { causal: true } });
    const [from, size] = [
      [0, 0, 8185, 0],
      [1, 4, 7, 32],
    ] as [[number, number, number, number], [number, number, number, number]];
    const last = attention(slice(query, from, size), key, value, { mask: { causal: true } });
    await expectClose(slice(whole, from, size), last);
    await expectClose(
      attention(query, key, ones(shape), { mask: { window: { before: 99 } } }),
      ones(shape),
    );
  });
});

/** Most bytes in use while a body runs, beyond those before. */
function peakOf(heap: SimdBackend["heap"], body: () => void): number {
  const { allocate } = heap;
  const before = heap.bytesInUse;
  let peak = before;
  heap.allocate = (bytes) => {
    const address = allocate.call(heap, bytes);
    peak = Math.max(peak, heap.bytesInUse);
    return address;
  };
  try {
    body();
  } finally {
    heap.allocate = allocate;
  }
  return peak - before;
}
