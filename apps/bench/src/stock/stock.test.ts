import {
  getBackend,
  memory,
  norm,
  reshape,
  slice,
  stack,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { gpt } from "@tx/model";
import { attention, registerGradients } from "@tx/ops";
import { causalLoss } from "@tx/training";
import { expect, test } from "vitest";
import { attend, causalMask } from "./attention";
import { StockGpt } from "./gpt";
import { clipped, stockWork } from "./work";

const config = { layers: 2, heads: 3, dModel: 6, length: 5, batch: 2, vocabSize: 7 };

/** Our model with the stock one's weights. */
function sameModel(stock: StockGpt) {
  const { vocabSize, length, layers, heads, dModel } = config;
  const model = gpt({
    ...{ vocabSize, maxLen: length, layers, heads, dModel, bias: false, rng: new Rng(1) },
  });
  const weights: Record<string, Tensor> = {
    "embedding.table": stock.embedding,
    "positional.embedding.table": stock.positions,
    "decoder.norm.gain": stock.finalGain,
  };
  const columns = (kernel: Tensor, n: number) => slice(kernel, [0, n * dModel], [dModel, dModel]);
  for (const [n, block] of stock.blocks.entries()) {
    Object.assign(weights, {
      [`decoder.blocks.${n}.attentionResidual.norm.gain`]: block.norm1,
      [`decoder.blocks.${n}.attention.query.kernel`]: columns(block.qkv, 0),
      [`decoder.blocks.${n}.attention.key.kernel`]: columns(block.qkv, 1),
      [`decoder.blocks.${n}.attention.value.kernel`]: columns(block.qkv, 2),
      [`decoder.blocks.${n}.attention.output.kernel`]: block.out,
      [`decoder.blocks.${n}.feedForwardResidual.norm.gain`]: block.norm2,
      [`decoder.blocks.${n}.feedForward.expand.kernel`]: block.expand,
      [`decoder.blocks.${n}.feedForward.contract.kernel`]: block.contract,
    });
  }
  const parameters = model.parameters();
  expect([...parameters.keys()].sort()).toEqual(Object.keys(weights).sort());
  for (const [path, parameter] of parameters) parameter.assign(weights[path]!);
  return model;
}

test("the stock model computes what ours computes, and so does its cache", async () => {
  const stock = new StockGpt(config);
  const model = sameModel(stock);
  const rows = [
    [1, 2, 3, 4, 5, 6],
    [0, 6, 1, 5, 2, 4],
  ];
  const tokens = tensor2d(rows, undefined, "int32");
  const ours = causalLoss((ids) => model.forward(ids), tokens);
  expect((await stock.loss(tokens).data())[0]).toBeCloseTo((await ours.data())[0]!, 5);

  const logits = await model.forward(tensor2d([[1, 2, 3]], undefined, "int32")).array();
  const cache: Parameters<StockGpt["next"]>[2] = [];
  for (const [position, token] of [1, 2, 3].entries()) {
    const next = Array.from(await stock.next(token, position, cache).data());
    for (const [n, value] of next.entries()) {
      expect(value).toBeCloseTo(logits[0]![position]![n]!, 5);
    }
  }
  expect(cache).toHaveLength(2);
  expect(cache[1]!.key.shape).toEqual([1, 3, 3, 2]);
});

test("stock attention is attention", async () => {
  const numbers = (seed: number): Tensor4D =>
    reshape(tensor1d(Array.from({ length: 30 }, (_, n) => Math.sin(seed + n))), [1, 2, 5, 3]);
  const [query, key, value] = [numbers(1), numbers(50), numbers(90)];
  const wanted = await attention(query, key, value, { mask: { causal: true } }).data();
  const got = await attend(query, key, value, causalMask(5)).data();
  for (const [n, number] of got.entries()) expect(number).toBeCloseTo(wanted[n]!, 5);
});

test("clips to a global norm of 1, and leaves smaller gradients", () => {
  const normOf = (gradients: { tensor: Tensor }[]) =>
    norm(stack(gradients.map(({ tensor }) => tensor))).dataSync()[0];
  const large = clipped({ a: tensor1d([3, 4]), b: tensor1d([0, 12]) });
  expect(large.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(normOf(large)).toBeCloseTo(1, 5);
  const small = clipped({ a: tensor1d([0.3, 0]), b: tensor1d([0, 0.4]) });
  expect(normOf(small)).toBeCloseTo(0.5, 5);
});

test.each([
  { kind: "step", config } as const,
  { kind: "generate", config } as const,
  { kind: "attention", length: 7 } as const,
])("$kind is timed and leaks nothing", async (work) => {
  expect(getBackend()).toBe("cpu");
  registerGradients();
  const once = stockWork(work);
  // Adam makes its moments with the first step.
  await once();
  const before = memory().numTensors;
  expect(await once()).toBeGreaterThan(0);
  expect(tidy(() => memory().numTensors)).toBe(before);
});
