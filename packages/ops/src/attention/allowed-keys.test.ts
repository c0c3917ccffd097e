import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { allowedKeys } from "./allowed-keys";
import { madeBool } from "./plain-attention";

const sizes = { batch: 2, heads: 3, queries: 2, keys: 4 };

test("is undefined where nothing is hidden", () => {
  expect(allowedKeys({}, sizes)).toBeUndefined();
});

test("says by places alone what holds for the whole batch", async () => {
  const allowed = allowedKeys({ causal: true, window: { before: 1 } }, sizes)!;
  expect(allowed.dtype).toBe("bool");
  expect(allowed.shape).toEqual([2, 4]);
  await expectClose(allowed, [0, 1, 1, 0, 0, 0, 1, 1]);
});

test("joins all fields", async () => {
  const keys = madeBool([true, true, true, false, false, true, true, true], [2, 4]);
  const dense = madeBool([true, false, true, true], [4]);
  const allowed = allowedKeys({ causal: true, keys: keys as never, dense }, sizes)!;
  expect(allowed.dtype).toBe("bool");
  expect(allowed.shape).toEqual([2, 1, 2, 4]);
  await expectClose(allowed, [1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1]);
});

test("refuses a mask that does not fit, and leaves nothing behind", async () => {
  const keys = madeBool([true, true], [2, 1]);
  await expectNoLeak(() => {
    expect(() => allowedKeys({ keys: keys as never }, sizes)).toThrow(
      new ShapeError("mask.keys: expected [2, 4], got [2, 1]"),
    );
    allowedKeys({ causal: true }, sizes)?.dispose();
  });
});
