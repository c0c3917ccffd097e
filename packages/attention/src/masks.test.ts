import { ones, type Tensor, tensor, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { and, causal, dense, disposeMask, padding, paddingFromIds } from "./index";

const T = 1;
const F = 0;
const bools = (numbers: number[], shape: number[]) => tensor(numbers, shape, "bool");
const ids = () => tensor2d([5, 2, 0, 7, 0, 3], [2, 3], "int32");

test("causal says so, and owns nothing", async () => {
  await expectNoLeak(() => expect(causal()).toEqual({ causal: true }));
});

test("padding shows the first keys of each row", async () => {
  const mask = padding([2, 0, 5], 5);
  expect(mask.keys?.dtype).toBe("bool");
  expect(mask.keys?.shape).toEqual([3, 5]);
  await expectClose(mask.keys!, [T, T, F, F, F, F, F, F, F, F, T, T, T, T, T]);
});

test("padding by id hides that token wherever it is", async () => {
  const mask = paddingFromIds(ids(), 0);
  expect(mask.keys?.dtype).toBe("bool");
  await expectClose(mask.keys!, [T, T, F, T, F, T]);
  await expectClose(paddingFromIds(ids(), -1).keys!, [T, T, T, T, T, T]);
});

test("dense takes the tensor itself", () => {
  const mayAttend = bools([T, F, F, T], [2, 2]);
  expect(dense(mayAttend).dense).toBe(mayAttend);
});

test("and allows what all allow", async () => {
  const first = and(causal(), padding([2, 3], 3), paddingFromIds(ids(), 0));
  expect(first.causal).toBe(true);
  expect(first.dense).toBeUndefined();
  await expectClose(first.keys!, [T, T, F, T, F, T]);

  const second = and(dense(bools([T, F, T, T], [2, 2])), dense(bools([T, T, F, T], [2, 1, 2])));
  expect(second).toMatchObject({ causal: false, keys: undefined });
  expect(second.dense?.shape).toEqual([2, 2, 2]);
  await expectClose(second.dense!, [T, F, T, T, F, F, F, T]);
});

test("and of nothing, or of one, is that", async () => {
  expect(and()).toEqual({ causal: false, keys: undefined, dense: undefined });
  const keys = padding([1, 2], 2);
  await expectClose(and(keys).keys!, [T, F, T, T]);
});

test("and owns its tensors: the given masks may go", async () => {
  const given = padding([1], 2);
  const joined = and(given, causal());
  disposeMask(given);
  await expectClose(joined.keys!, [T, F]);
});

test("nothing is left once the masks are disposed", async () => {
  const [tokens, own] = [ids(), bools([T, F], [1, 2])];
  await expectNoLeak(() => {
    const masks = [padding([1, 2], 2), paddingFromIds(tokens, 0), causal()];
    masks.push(and(masks[0]!, dense(own)), and(dense(own), dense(own)), and());
    for (const mask of masks) disposeMask(mask);
    for (const mask of masks) disposeMask(mask);
  });
  expect(own.isDisposed).toBe(false);
  disposeMask(dense(own));
  expect(own.isDisposed).toBe(true);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const [keys, three, two] = [padding([1], 2), dense(ones([3], "bool")), dense(zeros([2], "bool"))];
  await expectNoLeak(() => {
    expect(() => padding([1], 0)).toThrow(
      new RangeError("keys: expected a whole number from 1, got 0"),
    );
    for (const length of [-1, 4, 1.5, Number.NaN]) {
      expect(() => padding([3, length], 3)).toThrow(
        new RangeError(`lengths: expected whole numbers in [0, 3], got ${length}`),
      );
    }
    expect(() => and(keys, three, two)).toThrow(
      "Operands could not be broadcast together with shapes 3 and 2.",
    );
  });
  const numbers: Tensor = zeros([2, 2]);
  expect(() => dense(numbers)).toThrow(new RangeError("mayAttend: expected bool, got float32"));
});
