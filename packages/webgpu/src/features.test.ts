import {
  backend,
  grads,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor,
} from "@tensorflow/tfjs-core";
import { attention, globalNorm, layerNorm, rmsNorm, softmaxCrossEntropy } from "@tx/ops";
import { bringUp } from "@tx/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Device } from "./backend";
import { deviceFeatures } from "./features";
import { configureWebgpu } from "./settings";
import { tensorsOf } from "./testing/attention-case";
import { expectAsOnCpu } from "./testing/compare";
import { floats } from "./testing/inputs";

const close = { rtol: 2e-5, atol: 5e-5 };
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
    await expectReduces(subgroups, () => expectAsOnCpu(() => reduced(rows, width), kernels, close));
  });

  // 523 keys are more than one workgroup takes.
  test.each([37, 523])("attention of 2 queries to %d keys", async (keys) => {
    configureWebgpu({ subgroups });
    const sizes = { batch: 2, heads: 4, kvHeads: 2, headDim: 7, valueDim: 35, queries: 2, keys };
    const attend = () => {
      const { inputs, options } = tensorsOf({ ...sizes, mask: { causal: true }, shownKeys: 0.7 });
      const [query, key, value] = inputs as [Tensor4D, Tensor4D, Tensor4D];
      return attention(query, key, value, options);
    };
    await expectReduces(subgroups, () => expectAsOnCpu(attend, ["TxAttention"], close));
  });
});

/** Of the programs that are compiled, those that reduce say what they need before all else. */
async function expectReduces(subgroups: boolean, work: () => Promise<void>): Promise<void> {
  const shaders = vi.spyOn(device(), "createShaderModule");
  await work();
  for (const [{ code }] of shaders.mock.calls) {
    if (!code.includes("fn sumOfGroup")) continue;
    expect(code.includes("subgroupAdd")).toBe(subgroups && deviceFeatures().includes("subgroups"));
  }
  shaders.mockRestore();
}

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
