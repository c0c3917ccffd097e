import {
  type GradConfig,
  getGradient,
  grads,
  mul,
  registerGradient,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  unregisterGradient,
  util,
} from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  attention,
  attentionWeights,
  dropout,
  embeddingLookup,
  gated,
  gelu,
  layerNorm,
  linear,
  matMul,
  rmsNorm,
  rotary,
  silu,
  softmaxCrossEntropy,
} from ".";
import { allGradients } from "./gradients/register-gradients";

// Another test file of this process may have registered tfjs's gradients; put back afterwards.
const put: GradConfig[] = [];
beforeAll(() => {
  for (const { kernelName } of allGradients()) {
    const known = getGradient(kernelName);
    if (!known) continue;
    put.push(known);
    unregisterGradient(kernelName);
  }
});
afterAll(() => put.forEach(registerGradient));

const made = (shape: number[], shift = 0) =>
  tensor(
    Array.from(
      { length: util.sizeFromShape(shape) },
      (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
    ),
    shape,
  );

const mask = {
  causal: true,
  keys: tensor([true, false, true, true, false, true], [2, 3], "bool") as Tensor2D,
  dense: tensor([true, true, false, true, true], [5, 1], "bool"),
};
const table = made([3, 2]) as Tensor2D;
const ids = tensor([1, 0, 1, 3], [2, 2], "int32");
const targets = tensor([4, -100, 0, 2, 3, 1], [2, 3], "int32");

type Case = [string, (...inputs: Tensor[]) => Tensor, ...number[][]];
const operations: Case[] = [
  ["linear", (x, k) => linear(x, k as Tensor2D), [2, 3, 5], [5, 7]],
  ["linear, bias", (x, k, b) => linear(x, k as Tensor2D, b as Tensor1D), [5], [5, 7], [7]],
  ["matMul", (a, b) => matMul(a, b), [3, 5], [5, 7]],
  ["matMul, broadcast", (a, b) => matMul(a, b, { transposeB: true }), [2, 1, 3, 5], [4, 7, 5]],
  ["matMul, one matrix", (a, b) => matMul(a, b), [4, 3, 5], [5, 7]],
  [
    "attention",
    (q, k, v) => attention(q as Tensor4D, k as Tensor4D, v as Tensor4D),
    [2, 6, 5, 4],
    [2, 6, 3, 4],
    [2, 6, 3, 7],
  ],
  [
    "attention with all options",
    (q, k, v, bias) => {
      const options = { mask, bias, scale: 0.3, dropout: { rate: 0.4, seed: 3 } };
      return attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, options);
    },
    [2, 6, 5, 4],
    [2, 2, 3, 4],
    [2, 2, 3, 7],
    [6, 1, 3],
  ],
  [
    "attentionWeights",
    (q, k, bias) => attentionWeights(q as Tensor4D, k as Tensor4D, { mask, bias }),
    [2, 6, 5, 4],
    [2, 2, 3, 4],
    [],
  ],
  ["layerNorm", (x) => layerNorm(x), [2, 3, 5]],
  ["layerNorm, gain", (x, gain) => layerNorm(x, gain as Tensor1D), [2, 3, 5], [5]],
  [
    "layerNorm, gain and bias",
    (x, gain, bias) => layerNorm(x, gain as Tensor1D, bias as Tensor1D),
    [5],
    [5],
    [5],
  ],
  ["gelu erf", (x) => gelu(x), [2, 3]],
  ["gelu tanh", (x) => gelu(x, "tanh"), [2, 3]],
  ["rmsNorm", (x) => rmsNorm(x), [2, 3, 5]],
  ["rmsNorm, gain", (x, gain) => rmsNorm(x, gain as Tensor1D), [2, 3, 5], [5]],
  ["silu", (x) => silu(x), [2, 3]],
  ["gated", (gate, up) => gated(gate, up, "gelu"), [2, 3], [2, 3]],
  ["rotary, halves", (x) => rotary(x as Tensor4D, table, table), [2, 1, 3, 5]],
  ["rotary, neighbours", (x) => rotary(x as Tensor4D, table, table, "interleaved"), [2, 1, 3, 5]],
  ["embeddingLookup", (table) => embeddingLookup(table as Tensor2D, ids), [5, 3]],
  ["softmaxCrossEntropy", (x) => softmaxCrossEntropy(x, targets), [2, 3, 5]],
  [
    "softmaxCrossEntropy, smoothed, each",
    (x) => softmaxCrossEntropy(x, targets, { labelSmoothing: 0.1, reduction: "none" }),
    [2, 3, 5],
  ],
  ["dropout", (x) => dropout(x, { rate: 0.4, seed: 3 }), [2, 3]],
];

test("no gradient is registered in this file", () => {
  const x = made([2]);
  expect(() => tidy(() => grads((x) => mul(x, x))([x]))).toThrow(/gradient function not found/);
});

test.each(operations)(
  "%s brings its gradient along, and leaves nothing behind",
  async (_, f, ...shapes) => {
    const inputs = shapes.map((shape, n) => made(shape, 10 * n));
    await expectNoLeak(() => {
      const output = f(...inputs);
      output.dispose();
      const gradients = grads(f)(inputs);
      expect(gradients.map(({ shape }) => shape)).toEqual(shapes);
      expect(gradients.map(({ dtype }) => dtype)).toEqual(shapes.map(() => "float32"));
      for (const gradient of gradients) gradient.dispose();
    });
  },
);
