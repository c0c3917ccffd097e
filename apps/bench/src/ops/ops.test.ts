import {
  dispose,
  getBackend,
  getKernel,
  memory,
  registerKernel,
  type Tensor,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { opCases } from "./cases";
import { opContestant } from "./time-op";
import { engineKernelNames, withoutEngine } from "./without-engine";

const config = { layers: 2, heads: 3, dModel: 12, length: 5, batch: 2, vocabSize: 7 };

test("takes the engine's kernels away for as long as the work lasts", () => {
  const backendName = getBackend();
  expect(engineKernelNames()).toEqual([]);
  registerKernel({ kernelName: "TxGelu", backendName, kernelFunc: () => [] });
  try {
    expect(engineKernelNames()).toEqual(["TxGelu"]);
    expect(withoutEngine(() => getKernel("TxGelu", backendName))).toBeUndefined();
    expect(getKernel("TxGelu", backendName)).toBeDefined();
    expect(() =>
      withoutEngine(() => {
        throw new Error("broken");
      }),
    ).toThrow("broken");
    expect(getKernel("TxGelu", backendName)).toBeDefined();
  } finally {
    unregisterKernel("TxGelu", backendName);
  }
});

test.each(opCases(config))("$name runs, gives a time and leaks nothing", async (op) => {
  const before = memory().numTensors;
  const inputs = op.inputs();
  const result = op.apply(...inputs);
  const outputs: Tensor[] = Array.isArray(result) ? result : [result];
  for (const output of outputs) {
    expect((await output.data()).every((value) => Number.isFinite(value))).toBe(true);
  }
  dispose([...inputs, ...outputs]);
  const passes = op.differentiable > 0 ? ["forward", "forward and backward"] : ["forward"];
  for (const pass of passes as "forward"[]) {
    const [ms] = await opContestant(op, pass, "reference").turn();
    expect(ms).toBeGreaterThan(0);
  }
  expect(memory().numTensors).toBe(before);
});
