import { expect, test } from "vitest";
import { programTimes, sumsByName } from "./program-times";

test("adds up what tfjs says of each program, longest first", () => {
  const line = "tx_product_1: 0.5, BinaryOpProgram: 1e-3, tx_product_1: 0.25, UnaryOpProgram: 2";
  expect([...sumsByName(line)]).toEqual([
    ["UnaryOpProgram", 2],
    ["tx_product_1", 0.75],
    ["BinaryOpProgram", 0.001],
  ]);
  expect(sumsByName("").size).toBe(0);
});

test("knows nothing where there are no timestamps", async () => {
  expect(await programTimes(() => {})).toBeUndefined();
});
