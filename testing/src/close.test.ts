import { scalar, tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectClose } from "./close";

const actual = () => tensor([1, 2, 3, 4, 5, 6], [2, 3]);

test("passes what is close, as numbers and as a tensor", async () => {
  await expectClose(actual(), [1, 2.000001, 3, 4, 5, 6]);
  await expectClose(actual(), actual());
  await expectClose(actual(), [1, 2, 3, 4, 5, 7], { atol: 1 });
  await expectClose(scalar(3), [3]);
});

test("names the first entry that is off, what was wanted and what was got", async () => {
  await expect(expectClose(actual(), [1, 2, 3, 4, 5.5, 6.5])).rejects.toThrow(
    "entry [1, 1]: wanted 5.5, got 5 (2 of 6 entries are off; rtol 0.00001, atol 0.000001)",
  );
});

test("compares lengths, and shapes where there are two", async () => {
  await expect(expectClose(actual(), [1, 2])).rejects.toThrow("wanted 2 entries, got 6");
  const turned = tensor([1, 2, 3, 4, 5, 6], [3, 2]);
  await expect(expectClose(actual(), turned)).rejects.toThrow("shape: wanted [3,2], got [2,3]");
});

test.each([
  ["NaN for a number", Number.NaN, 1],
  ["a number for NaN", 1, Number.NaN],
  ["NaN for NaN", Number.NaN, Number.NaN],
  ["a number for infinity", 1, Number.POSITIVE_INFINITY],
  ["infinity for a number", Number.POSITIVE_INFINITY, 1],
  ["the other infinity", Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
])("never passes %s", async (_, got, wanted) => {
  const tolerance = { rtol: 1e9, atol: 1e9 };
  await expect(expectClose(scalar(got), [wanted], tolerance)).rejects.toThrow("entry []");
});

test("passes an infinity for itself", async () => {
  const infinities = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  await expectClose(tensor(infinities), infinities);
});
