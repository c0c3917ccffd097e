import {
  getBackend,
  getKernel,
  grad,
  type KernelConfig,
  type NamedTensorMap,
  registerKernel,
  type Tensor2D,
  type Tensor4D,
  unregisterKernel,
  zeros,
} from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attention } from "./attention";
import type { Mask } from "./mask";

const names = ["TxAttention", "TxAttentionGrad"];
/** What a kernel was run with: its tensors' shapes by name, and its attributes. */
const calls: { shapes: Record<string, number[]>; attributes: object }[] = [];
/** What the backend itself has, if anything. */
let own: KernelConfig[] = [];

beforeEach(() => {
  own = names.flatMap((name) => getKernel(name, getBackend()) ?? []);
  calls.length = 0;
  for (const kernelName of names) {
    if (getKernel(kernelName, getBackend())) unregisterKernel(kernelName, getBackend());
    registerKernel({
      kernelName,
      backendName: getBackend(),
      kernelFunc: ({ inputs, attrs }) => {
        const given = Object.entries(inputs as NamedTensorMap);
        const shapes = Object.fromEntries(given.map(([name, { shape }]) => [name, [...shape]]));
        calls.push({ shapes, attributes: { ...attrs } });
        const { query, key, value } = inputs as NamedTensorMap;
        return kernelName === "TxAttention"
          ? [zeros([2, 6, 3, 7]), zeros([2, 2, 6, 3])]
          : [query, key, value].map((tensor) => zeros(tensor!.shape));
      },
    });
  }
});

afterEach(() => {
  for (const name of names) unregisterKernel(name, getBackend());
  for (const kernel of own) registerKernel(kernel);
});

function run(mask: Mask) {
  const [query, key, value] = [
    [2, 6, 3, 4],
    [2, 2, 5, 4],
    [2, 2, 5, 7],
  ].map((shape) => zeros(shape as [number, number, number, number]) as Tensor4D);
  grad((q) => attention(q as Tensor4D, key!, value!, { mask }))(query!);
  return calls;
}

const plain = { layout: "bhsd", scale: 0.5, causal: false, dropoutRate: 0, dropoutSeed: 0 };
const shapes = { query: [2, 6, 3, 4], key: [2, 2, 5, 4], value: [2, 2, 5, 7] };
const ofGradient = { output: [2, 6, 3, 7], logSumExp: [2, 2, 6, 3], dy: [2, 6, 3, 7] };

test("every field of a mask reaches both kernels", () => {
  const mask = {
    causal: true,
    window: { before: 2, after: 1 },
    prefix: 4,
    documents: {
      queries: zeros([2, 3], "int32") as Tensor2D,
      keys: zeros([2, 5], "int32") as Tensor2D,
    },
    keys: zeros([2, 5], "bool") as Tensor2D,
    dense: zeros([3, 5], "bool"),
  };
  const attributes = { ...plain, causal: true, windowBefore: 2, windowAfter: 1, prefix: 4 };
  const masks = {
    maskKeys: [2, 5],
    maskDense: [3, 5],
    maskQueryDocuments: [2, 3],
    maskKeyDocuments: [2, 5],
  };
  expect(run(mask)).toStrictEqual([
    { shapes: { ...shapes, ...masks }, attributes },
    { shapes: { ...shapes, ...masks, ...ofGradient }, attributes },
  ]);
});

test("what is not given is absent, 0 is given", () => {
  expect(run({ window: { before: 0 }, prefix: undefined })).toStrictEqual([
    { shapes, attributes: { ...plain, windowBefore: 0 } },
    { shapes: { ...shapes, ...ofGradient }, attributes: { ...plain, windowBefore: 0 } },
  ]);
});
