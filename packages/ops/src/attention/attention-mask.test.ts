import { slice, type Tensor2D, tensor, zeros } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { describe, test } from "vitest";
import { attention } from "./attention";
import {
  bools,
  broadcastShapes,
  check,
  madeBool,
  operands,
  type PerScore,
  reader,
  sizes,
} from "./plain-attention";

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

  const lengths = [
    ["as many", 7, 7],
    ["fewer", 3, 7],
    ["more", 7, 5],
    ["one of the", 1, 7],
  ] as const;

  describe.each(lengths)("by place, aligned at the end, for %s queries as keys", (_, ...counts) => {
    const [queries, keys] = counts;
    const s = { ...sizes, queries, keys };
    const near =
      (before: number, after: number): PerScore<boolean> =>
      (_b, _h, i, j) => {
        const place = i + (keys - queries);
        return place - before <= j && j <= place + after;
      };

    test("a causal window", () =>
      check(s, { mask: { window: { before: 2, after: 0 } } }, { may: near(2, 0) }));
    test("a symmetric window", () =>
      check(s, { mask: { window: { before: 2, after: 2 } } }, { may: near(2, 2) }));
    test("a window of its own place alone", () =>
      check(s, { mask: { window: { before: 0, after: 0 } } }, { may: near(0, 0) }));
    test("a window that is open on one side", async () => {
      await check(s, { mask: { window: { before: 3 } } }, { may: near(3, keys + queries) });
      await check(s, { mask: { window: { after: 1 } } }, { may: near(keys + queries, 1) });
      await check(s, { mask: { causal: true, window: { before: 1 } } }, { may: near(1, 0) });
    });
    test.each([0, 1, 3, 9])("a prefix of %i", async (prefix) => {
      const may: PerScore<boolean> = (_b, _h, i, j) => j < prefix || j <= i + (keys - queries);
      await check(s, { mask: { prefix } }, { may });
    });
    test("a prefix within a window", async () => {
      const may: PerScore<boolean> = (...at) =>
        near(2, 3)(...at) && (at[3] < 4 || near(9, 0)(...at));
      await check(s, { mask: { prefix: 4, window: { before: 2, after: 3 } } }, { may });
    });
  });

  const packed = (tokens: number) => Array.from({ length: 2 * tokens }, (_, n) => (n * n) % 3);
  const madeDocuments = (queries: number) => ({
    queries: tensor(packed(queries), [2, queries], "int32") as Tensor2D,
    keys: tensor(packed(5), [2, 5], "int32") as Tensor2D,
  });
  const mayDocuments =
    (queries: number): PerScore<boolean> =>
    (b, _h, i, j) =>
      packed(queries)[b * queries + i] === packed(5)[b * 5 + j];

  test.each([3, 5])("documents, %i queries of 5 keys", (queries) =>
    check(
      { ...sizes, queries },
      { mask: { documents: madeDocuments(queries) } },
      { may: mayDocuments(queries) },
    ),
  );

  test("every field at once must all allow", async () => {
    const shape = [2, 1, 3, 5];
    const dense = bools(shape, 31).map((_, n) => n % 7 > 0);
    const mask = {
      prefix: 3,
      window: { before: 3, after: 1 },
      documents: madeDocuments(3),
      keys: madeKeys(),
      dense: madeBool(dense, shape),
    };
    const mayDense = reader(dense, shape);
    const may: PerScore<boolean> = (...at) => {
      const [, , i, j] = at;
      const place = i + 2;
      const byPlace = (j < 3 || j <= place) && place - 3 <= j && j <= place + 1;
      return byPlace && mayDocuments(3)(...at) && mayKeys(...at) && mayDense(...at);
    };
    await check(sizes, { mask }, { may });
  });

  test("causal false, and fields that are undefined, hide nothing", () =>
    check(
      sizes,
      {
        mask: {
          causal: false,
          window: { before: undefined },
          prefix: undefined,
          documents: undefined,
          keys: undefined,
          dense: undefined,
        },
      },
      {},
    ));

  test("distances beyond all there is hide nothing", () =>
    check(sizes, { mask: { window: { before: 1e9, after: 1e9 }, prefix: 1e9 } }, {}));

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
