import { env, getKernel } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allStrategies, everyHook } from "./all-strategies";
import { checkPositional, reportToText } from "./index";

// Of tfjs 4.22.0's programs for small products the one that it takes by itself waits for other
// threads at each step, which an emulated GPU does some thirty times slower than the others.
const PROGRAM = "WEBGPU_MATMUL_PROGRAM_TYPE";
beforeAll(() => env().set(PROGRAM, 2));
afterAll(() => env().set(PROGRAM, -1));

// All of them with the kernels of @tx/webgpu; without, where all that is left are tfjs's own
// operations, each hook once.
const names = getKernel("TxLinear", "webgpu") ? Object.keys(allStrategies) : everyHook;

test.each(names)("%s keeps the contract on webgpu", async (name) => {
  const report = await checkPositional(allStrategies[name]!);
  expect(report.failures, reportToText(report)).toEqual([]);
});
