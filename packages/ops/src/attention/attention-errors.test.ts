import { cast, type Tensor, type Tensor2D, type Tensor4D, zeros } from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { type AttentionOptions, attention } from "./attention";

type Shape4 = [number, number, number, number];
const blank = (shape: number[]): Tensor4D => zeros(shape as Shape4);

describe("refuses, and leaves nothing behind", () => {
  const q = [2, 6, 3, 4];
  const k = [2, 6, 5, 4];
  const v = [2, 6, 5, 7];
  const bool = (shape: number[]) => cast(zeros(shape), "bool");

  test.each<[string, number[], number[], number[], string]>([
    ["a query", [6, 3, 4], k, v, "query: expected [batch, heads, queries, headDim], got [6, 3, 4]"],
    [
      "a batch",
      q,
      [3, 6, 5, 4],
      v,
      "key: expected [batch=2, kvHeads, keys, headDim=4], got [3, 6, 5, 4]",
    ],
    [
      "a width",
      q,
      [2, 6, 5, 3],
      v,
      "key: expected [batch=2, kvHeads=6, keys=5, headDim=4], got [2, 6, 5, 3]",
    ],
    [
      "heads",
      q,
      [2, 4, 5, 4],
      v,
      "key: expected a number of heads that divides the query's 6, got 4",
    ],
    [
      "more heads",
      q,
      [2, 12, 5, 4],
      v,
      "key: expected a number of heads that divides the query's 6, got 12",
    ],
    ["key heads", q, k, [2, 3, 5, 7], "value: expected [2, 6, 5, valueDim], got [2, 3, 5, 7]"],
    ["keys", q, k, [2, 6, 4, 7], "value: expected [2, 6, 5, valueDim], got [2, 6, 4, 7]"],
  ])("%s that does not fit", async (_, query, key, value, message) => {
    const tensors = [blank(query), blank(key), blank(value)] as const;
    await expectNoLeak(() => {
      expect(() => attention(...tensors)).toThrow(new ShapeError(message));
    });
  });

  const axes = "[batch=2, heads=6, queries=3, keys=5]";
  test.each<[string, (t: Tensor[]) => AttentionOptions, Error]>([
    [
      "mask.keys of another shape",
      ([t]) => ({ mask: { keys: t as Tensor2D } }),
      new ShapeError("mask.keys: expected [2, 5], got [2, 4]"),
    ],
    [
      "mask.keys of numbers",
      ([, t]) => ({ mask: { keys: t as Tensor2D } }),
      new RangeError("mask.keys: expected bool, got float32"),
    ],
    [
      "a window of half a key",
      () => ({ mask: { window: { before: 0.5 } } }),
      new RangeError("mask.window.before: expected a whole number from 0, got 0.5"),
    ],
    [
      "a window without its own place",
      () => ({ mask: { window: { before: 1, after: -1 } } }),
      new RangeError("mask.window.after: expected a whole number from 0, got -1"),
    ],
    [
      "a prefix without an end",
      () => ({ mask: { prefix: Number.POSITIVE_INFINITY } }),
      new RangeError("mask.prefix: expected a whole number from 0, got Infinity"),
    ],
    [
      "documents of other queries",
      ([, , , queries, keys]) => ({
        mask: { documents: { queries: keys as Tensor2D, keys: queries as Tensor2D } },
      }),
      new ShapeError("mask.documents.queries: expected [2, 3], got [2, 5]"),
    ],
    [
      "documents of other keys",
      ([, , , queries]) => ({
        mask: { documents: { queries: queries as Tensor2D, keys: queries as Tensor2D } },
      }),
      new ShapeError("mask.documents.keys: expected [2, 5], got [2, 3]"),
    ],
    [
      "documents that are not whole numbers",
      ([, floats, , queries]) => ({
        mask: { documents: { queries: queries as Tensor2D, keys: floats as Tensor2D } },
      }),
      new RangeError("mask.documents.keys: expected int32, got float32"),
    ],
    [
      "mask.dense of numbers",
      ([, t]) => ({ mask: { dense: t! } }),
      new RangeError("mask.dense: expected bool, got float32"),
    ],
    [
      "mask.dense that does not broadcast",
      ([t]) => ({ mask: { dense: t! } }),
      new ShapeError(`mask.dense: expected a shape that broadcasts to ${axes}, got [2, 4]`),
    ],
    [
      "a bias that does not broadcast",
      ([, , t]) => ({ bias: t! }),
      new ShapeError(`bias: expected a shape that broadcasts to ${axes}, got [2, 1, 1, 1, 5]`),
    ],
    [
      "scale NaN",
      () => ({ scale: NaN }),
      new RangeError("scale: expected a finite number, got NaN"),
    ],
    [
      "a share of 1",
      () => ({ dropout: { rate: 1, seed: 1 } }),
      new RangeError("rate: expected a number in [0, 1), got 1"),
    ],
    [
      "half a seed",
      () => ({ dropout: { rate: 0.5, seed: 0.5 } }),
      new RangeError("seed: expected a whole number, got 0.5"),
    ],
  ])("%s", async (_, options, error) => {
    const qkv = [blank(q), blank(k), blank(v)] as const;
    const tensors = [bool([2, 4]), zeros([2, 5]), zeros([2, 1, 1, 1, 5])];
    tensors.push(zeros([2, 3], "int32"), zeros([2, 5], "int32"));
    await expectNoLeak(() => {
      expect(() => attention(...qkv, options(tensors))).toThrow(error);
    });
  });
});
