import { env, getBackend } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { allStrategies, everyHook } from "./all-strategies";
import { checkPositional, reportToText } from "./index";

// See check-positional.webgpu.test.ts.
const PROGRAM = "WEBGPU_MATMUL_PROGRAM_TYPE";
beforeAll(() => {
  if (getBackend() === "webgpu") env().set(PROGRAM, 2);
});
afterAll(() => {
  if (getBackend() === "webgpu") env().set(PROGRAM, -1);
});

const names = inject("everyCase") ? Object.keys(allStrategies) : everyHook;

test.each(names)("%s keeps the contract in a page", async (name) => {
  const report = await checkPositional(allStrategies[name]!);
  expect(report.failures, reportToText(report)).toEqual([]);
});
