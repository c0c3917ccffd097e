import { expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { allStrategies } from "./all-strategies";
import { checkPositional, reportToText } from "./index";

test.each(Object.keys(allStrategies))("%s keeps the contract", async (name) => {
  await expectNoLeak(async () => {
    const report = await checkPositional(allStrategies[name]!);
    expect(report.failures, reportToText(report)).toEqual([]);
  });
});
