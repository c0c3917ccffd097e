import { type Positional, Rng } from "@tx/core";
import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { allStrategies, everyHook } from "./all-strategies";
import { checkPositional, reportToText } from "./index";

test.each(Object.keys(allStrategies))("%s keeps the contract", async (name) => {
  await expectNoLeak(async () => {
    const report = await checkPositional(allStrategies[name]!);
    expect(report.failures, reportToText(report)).toEqual([]);
  });
});

test("those that stand for all where all take too long have every hook between them", () => {
  const sizes = { dModel: 10, heads: 3, headDim: 4, layers: 2, maxLen: 24 };
  const hooks = ["embed", "rotate", "bias", "scores", "values", "memory"] as const;
  const made: Positional[] = everyHook.map((name) =>
    allStrategies[name]!({ ...sizes, rng: new Rng(1) }),
  );
  expect(hooks.filter((hook) => made.some((strategy) => strategy[hook]))).toEqual(hooks);
});
