import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import type { Mask } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { and, causal, disposeMask, maskToText } from "./index";

const packed = (): Mask => ({
  documents: {
    queries: tensor2d([[1, 1, 2]], undefined, "int32") as Tensor2D,
    keys: tensor2d([[1, 1, 2]], undefined, "int32") as Tensor2D,
  },
});

test.each([
  ["a causal window", { window: { before: 1, after: 0 } }, "■ · ·\n■ ■ ·\n· ■ ■"],
  ["a window around", { window: { before: 0, after: 1 } }, "■ ■ ·\n· ■ ■\n· · ■"],
  ["a prefix", { prefix: 2 }, "■ ■ ·\n■ ■ ·\n■ ■ ■"],
  ["documents", packed(), "■ ■ ·\n■ ■ ·\n· · ■"],
  [
    "windows joined",
    and({ window: { before: 1 } }, { window: { before: 2, after: 0 } }),
    "■ · ·\n■ ■ ·\n· ■ ■",
  ],
  ["prefixes joined", and({ prefix: 2 }, { prefix: 1 }), "■ · ·\n■ ■ ·\n■ ■ ■"],
  ["documents and causal", and(packed(), causal()), "■ · ·\n■ ■ ·\n· · ■"],
] as [string, Mask, string][])("%s", async (_, mask, picture) => {
  expect(await maskToText(mask, { queries: 3, keys: 3 })).toBe(picture);
});

test("fewer queries than keys are the last ones", async () => {
  const mask: Mask = { window: { before: 1, after: 0 } };
  expect(await maskToText(mask, { queries: 2, keys: 4 })).toBe("· ■ ■ ·\n· · ■ ■");
});

test("two masks with documents are refused, and joined ones are freed", async () => {
  await expectNoLeak(() => {
    const [one, other] = [packed(), packed()];
    expect(() => and(one, other)).toThrow(
      new RangeError("masks: expected at most one with documents, got 2"),
    );
    const joined = and(one, causal());
    for (const mask of [one, other, joined]) disposeMask(mask);
  });
});

test("sizes other than the documents' are refused", async () => {
  await expect(maskToText(packed(), { queries: 2, keys: 3 })).rejects.toThrow(
    new RangeError("queries: expected 3, got 2"),
  );
  await expect(maskToText(packed(), { queries: 3, keys: 4 })).rejects.toThrow(
    new RangeError("keys: expected 3, got 4"),
  );
});
