import { backend, grads, type Tensor, type Tensor1D, tensor } from "@tensorflow/tfjs-core";
import { globalNorm, layerNorm, rmsNorm, softmaxCrossEntropy } from "@tx/ops";
import { bringUp } from "@tx/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Device } from "./backend";
import { deviceFeatures } from "./features";
import { configureWebgpu } from "./settings";
import { expectAsOnCpu } from "./testing/compare";
import { floats } from "./testing/inputs";

const device = () => (backend() as unknown as { device: Device }).device;

afterEach(() => configureWebgpu({ subgroups: true }));

/** Everything that reduces over a workgroup, forward and backward. */
function reduced(rows: number, width: number): Tensor[] {
  const x = floats([rows, width], 1);
  const [gain, bias, dy] = [floats([width], 2), floats([width], 3), floats([rows, width], 4)];
  const targets = tensor(
    Array.from({ length: rows }, (_, n) => n % width),
    [rows],
    "int32",
  );
  const norm = (x: Tensor, gain: Tensor, bias: Tensor) =>
    layerNorm(x, gain as Tensor1D, bias as Tensor1D, 1e-3);
  const root = (x: Tensor, gain: Tensor) => rmsNorm(x, gain as Tensor1D, 1e-3);
  const loss = (x: Tensor): Tensor => softmaxCrossEntropy(x, targets, { labelSmoothing: 0.1 });
  return [
    norm(x, gain, bias),
    ...grads(norm)([x, gain, bias], dy),
    ...grads(root)([x, gain], dy),
    loss(x),
    ...grads(loss)([x]),
    globalNorm([x, dy]),
  ];
}

const kernels = ["TxLayerNorm", "TxLayerNormGrad", "TxRmsNorm", "TxRmsNormGrad"].concat([
  "TxSoftmaxCrossEntropy",
  "TxSoftmaxCrossEntropyGrad",
  "TxNoClassAsNaN",
  "TxGlobalNorm",
]);

describe.each([true, false])("reductions, by subgroups where there are some: %s", (subgroups) => {
  test.each([
    [1, 2],
    [3, 63],
    [5, 65],
    [2, 1031],
  ])("of %d rows of %d", async (rows, width) => {
    configureWebgpu({ subgroups });
    const shaders = vi.spyOn(device(), "createShaderModule");
    await expectAsOnCpu(() => reduced(rows, width), kernels, { rtol: 2e-5, atol: 5e-5 });
    // Of programs that are compiled, those that reduce; each says what it needs before all else.
    for (const [{ code }] of shaders.mock.calls) {
      if (!code.includes("fn sumOfGroup")) continue;
      expect(code.includes("subgroupAdd")).toBe(
        subgroups && deviceFeatures().includes("subgroups"),
      );
    }
    shaders.mockRestore();
  });
});

test("tells which features the active device has", async () => {
  await bringUp("webgpu");
  for (const feature of deviceFeatures()) expect(device().features.has(feature)).toBe(true);
  // What setup-webgpu.ts asks for where the adapter has it.
  const { gpu } = navigator as unknown as { gpu: { requestAdapter(): Promise<Device> } };
  const adapter = await gpu.requestAdapter();
  expect(deviceFeatures().includes("subgroups")).toBe(adapter.features.has("subgroups"));
  await bringUp("cpu");
  expect(deviceFeatures()).toEqual([]);
  await bringUp("webgpu");
});
