import { constant, Linear } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { madeTogether } from "./made-together";

const linear = (width: number) => new Linear(width, 2, { init: constant(1) });

test("gives what is made", () => {
  const [one, two] = madeTogether((own) => [own(linear(1)), own(linear(3))]);
  expect([one!.kernel.shape, two!.kernel.shape]).toEqual([
    [1, 2],
    [3, 2],
  ]);
});

test("frees those before the one that is refused", async () => {
  await expectNoLeak(() => {
    expect(() => madeTogether((own) => [own(linear(1)), own(linear(3)), own(linear(0))])).toThrow(
      "inputs: expected a whole number from 1, got 0",
    );
  });
});
