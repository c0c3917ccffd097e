import { getKernel } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { allStrategies, everyHook } from "./all-strategies";
import { checkPositional, reportToText } from "./index";

// With the kernels of @tx/webgpu each strategy, and with its variants where that is asked for, since an
// emulated GPU takes seconds for each; without, where all that is left are tfjs's own operations, each
// hook once.
const all = process.env.TX_WEBGPU_CASES === "all";
const every = Object.keys(allStrategies);
const kindOf = (name: string) => name.split(",")[0];
const eachOnce = every.filter(
  (name, n) => every.findIndex((o) => kindOf(o) === kindOf(name)) === n,
);
const withKernels = all ? every : eachOnce;
const names = getKernel("TxLinear", "webgpu") ? withKernels : everyHook;

test.each(names)("%s keeps the contract on webgpu", async (name) => {
  const report = await checkPositional(allStrategies[name]!);
  expect(report.failures, reportToText(report)).toEqual([]);
});
