import { expect, inject, test } from "vitest";
import { allStrategies, everyHook } from "./all-strategies";
import { checkPositional, reportToText } from "./index";

const names = inject("everyCase") ? Object.keys(allStrategies) : everyHook;

test.each(names)("%s keeps the contract in a page", async (name) => {
  const report = await checkPositional(allStrategies[name]!);
  expect(report.failures, reportToText(report)).toEqual([]);
});
