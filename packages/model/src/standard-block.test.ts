import { add, randomNormal, type Tensor, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { causal, padding } from "@tx/attention";
import { constant, Rng } from "@tx/core";
import { FeedForward, GatedFeedForward, gatedWidth, silu } from "@tx/ffn";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type Block, residualPolicies, type StandardBlockOptions, standardBlock } from "./index";
import { drawn } from "./testing/drawn";

const D_MODEL = 6;
const EXACT = { rtol: 0, atol: 0 };
const inputs = (): Tensor3D => randomNormal([2, 5, D_MODEL], 0, 1, "float32", 31);

/** All parameters drawn, so that none can be left out unnoticed. */
const blockOf = (options: Partial<StandardBlockOptions> = {}): Block =>
  drawn(standardBlock({ dModel: D_MODEL, heads: 2, dFF: 7, rng: new Rng(3), ...options }));

/** The feed-forward, which the usual options make an ungated one. */
function fedBy({ feedForward }: Block): FeedForward {
  if (!(feedForward instanceof FeedForward)) throw new Error("expected a FeedForward");
  return feedForward;
}

test("adds attention, then feed-forward, each of the normalised stream", async () => {
  const [block, x, mask] = [blockOf(), inputs(), causal()];
  const { attentionResidual, feedForwardResidual } = block;
  const middle = add(x, block.attention.forward(attentionResidual.norm!.forward(x), { mask }));
  const fed = fedBy(block).forward(feedForwardResidual.norm!.forward(middle));
  const wanted = add(middle, fed);
  const y = block.forward(x, { mask });
  expect(y.shape).toEqual([2, 5, D_MODEL]);
  await expectClose(y, wanted as Tensor3D);
});

test("names its parameters; bias: false takes away every bias", () => {
  expect([...blockOf().parameters()].map(([path, { shape }]) => [path, shape])).toEqual([
    ["attentionResidual.norm.gain", [6]],
    ["attentionResidual.norm.bias", [6]],
    ["attention.query.kernel", [6, 6]],
    ["attention.query.bias", [6]],
    ["attention.key.kernel", [6, 6]],
    ["attention.key.bias", [6]],
    ["attention.value.kernel", [6, 6]],
    ["attention.value.bias", [6]],
    ["attention.output.kernel", [6, 6]],
    ["attention.output.bias", [6]],
    ["feedForwardResidual.norm.gain", [6]],
    ["feedForwardResidual.norm.bias", [6]],
    ["feedForward.expand.kernel", [6, 7]],
    ["feedForward.expand.bias", [7]],
    ["feedForward.contract.kernel", [7, 6]],
    ["feedForward.contract.bias", [6]],
  ]);
  const without = [...blockOf({ bias: false }).parameters().keys()];
  expect(without.filter((path) => path.endsWith("bias"))).toEqual([]);
  expect(without).toHaveLength(8);
});

test("dFF is four times dModel by default", () => {
  const block = standardBlock({ dModel: 3, heads: 1, rng: new Rng(1) });
  expect(fedBy(block).expand.kernel.shape).toEqual([3, 12]);
});

test("hands eps to both norms", () => {
  const { attentionResidual, feedForwardResidual } = blockOf({ eps: 0.1 });
  expect(attentionResidual.norm).toMatchObject({ eps: 0.1 });
  expect(feedForwardResidual.norm).toMatchObject({ eps: 0.1 });
  expect(blockOf().attentionResidual.norm).toMatchObject({ eps: 1e-5 });
});

test("takes an activation by name and as a function", async () => {
  const x = inputs();
  const named = blockOf({ activation: "silu" }).forward(x);
  await expectClose(blockOf({ activation: silu }).forward(x), named, EXACT);
  await expect(expectClose(blockOf().forward(x), named)).rejects.toThrow("entries are off");
});

test("kernels that write to the stream may begin otherwise", async () => {
  const options = { dModel: 2, heads: 1, dFF: 2, rng: new Rng(1), init: constant(0.5) };
  const block = standardBlock({ ...options, residualInit: constant(2) });
  for (const { kernel } of [block.attention.query, block.attention.value, fedBy(block).expand]) {
    await expectClose(kernel, Array(4).fill(0.5));
  }
  for (const { kernel } of [block.attention.output, fedBy(block).contract]) {
    await expectClose(kernel, Array(4).fill(2));
  }
});

test("drops in training only, and the same for a seed", async () => {
  const x = inputs();
  const block = blockOf({ dropout: 0.3 });
  const without = blockOf().forward(x);
  await expectClose(block.forward(x), without, EXACT);
  const once = block.train().forward(x);
  await expect(expectClose(once, without)).rejects.toThrow("entries are off");
  await expectClose(blockOf({ dropout: 0.3 }).train().forward(x), once, EXACT);
  await expectClose(block.eval().forward(x), without, EXACT);
});

test("the parts of dropout may differ", () => {
  const dropout = { attention: 0.1, inner: 0.2, output: 0.3 };
  const { attention, feedForward, ...block } = blockOf({ dropout, stochasticDepth: 0.4 });
  expect(attention.dropout.rate).toBe(0.1);
  expect((feedForward as FeedForward).dropout.rate).toBe(0.2);
  for (const { dropout, stochasticDepth } of [block.attentionResidual, block.feedForwardResidual]) {
    expect([dropout.rate, stochasticDepth.rate]).toEqual([0.3, 0.4]);
  }
  expect(blockOf({ dropout: { inner: 0.2 } }).attention.dropout.rate).toBe(0);
  expect(fedBy(blockOf({ dropout: 0.2 })).dropout.rate).toBe(0);
});

test("biases may differ", () => {
  const pathsOf = (bias: StandardBlockOptions["bias"]) =>
    [...blockOf({ bias }).parameters().keys()].filter((path) => path.endsWith("bias"));
  expect(pathsOf({ attention: { query: true, output: false }, norm: false })).toEqual([
    "attention.query.bias",
    "attention.key.bias",
    "attention.value.bias",
    "feedForward.expand.bias",
    "feedForward.contract.bias",
  ]);
  expect(pathsOf({ attention: false, feedForward: false })).toEqual([
    "attentionResidual.norm.bias",
    "feedForwardResidual.norm.bias",
  ]);
});

test("cross-attention comes between, and may read another width", () => {
  const block = blockOf({ cross: true, memoryDim: 5, kvHeads: 1 });
  expect(block.crossAttention!.key.kernel.shape).toEqual([5, 6]);
  expect(block.attention.key.kernel.shape).toEqual([6, 3]);
  expect([...block.parameters().keys()].filter((path) => path.startsWith("cross"))).toHaveLength(
    10,
  );
  expect(blockOf().crossAttention).toBeUndefined();
});

test("a gate makes the feed-forward a gated one, of its own width and activation", async () => {
  const block = blockOf({ gated: true, dFF: undefined });
  const x = inputs();
  if (!(block.feedForward instanceof GatedFeedForward)) throw new Error("expected a gate");
  expect(block.feedForward.gate.kernel.shape).toEqual([6, gatedWidth(6)]);
  const silent = blockOf({ gated: true, dFF: undefined, activation: "silu" }).forward(x);
  await expectClose(block.forward(x), silent, EXACT);
  const sigmoid = blockOf({ gated: true, dFF: undefined, activation: "sigmoid" }).forward(x);
  await expect(expectClose(sigmoid, silent)).rejects.toThrow("entries are off");
});

test("another feed-forward takes the place of these", () => {
  const feedForward = new FeedForward({ dModel: D_MODEL, dFF: 2, rng: new Rng(1) });
  expect(blockOf({ feedForward: () => feedForward }).feedForward).toBe(feedForward);
});

test.each(residualPolicies)("%s is around every sub-layer", (residual) => {
  const deepNorm = residual === "deepNorm" ? { alpha: 1.5, beta: 0.5 } : undefined;
  const block = blockOf({ residual, deepNorm, cross: true });
  for (const around of [block.attentionResidual, block.crossResidual, block.feedForwardResidual]) {
    expect([around!.policy, around!.alpha]).toEqual([residual, deepNorm?.alpha ?? 1]);
  }
});

test("DeepNorm's beta scales values, outputs and feed-forward, but no queries and keys", async () => {
  const block = standardBlock({
    ...{ dModel: 2, heads: 1, dFF: 3, cross: true, rng: new Rng(1) },
    ...{ init: constant(2), residualInit: constant(4) },
    ...{ residual: "deepNorm", deepNorm: { alpha: 1.5, beta: 0.5 } },
  });
  const { attention, crossAttention, feedForward } = block as Block & { feedForward: FeedForward };
  for (const { query, key, value, output } of [attention, crossAttention!]) {
    await expectClose(query.kernel, Array(4).fill(2));
    await expectClose(key.kernel, Array(4).fill(2));
    await expectClose(value.kernel, Array(4).fill(1));
    await expectClose(output.kernel, Array(4).fill(2));
  }
  await expectClose(feedForward.expand.kernel, Array(6).fill(1));
  await expectClose(feedForward.contract.kernel, Array(6).fill(2));
});

test("has the gradients that differences give", async () => {
  const block = blockOf({ activation: "gelu", dModel: 4, dFF: 3 });
  const { attentionResidual, attention } = block;
  const forward = (x: Tensor, gain: Tensor, kernel: Tensor, kernel2: Tensor) => {
    Object.assign(attentionResidual.norm!, { gain });
    Object.assign(attention.value, { kernel });
    Object.assign(fedBy(block).expand, { kernel: kernel2 });
    return block.forward(x as Tensor3D, { mask: causal() });
  };
  const draw = (shape: number[], seed: number) => randomNormal(shape, 0.2, 0.6, "float32", seed);
  await expectGradients(forward, [
    draw([1, 3, 4], 41),
    ...[draw([4], 42), draw([4, 4], 43), draw([4, 3], 44)],
  ] as [Tensor, Tensor, Tensor, Tensor]);
});

test("refuses options that do not fit, and leaves nothing behind", async () => {
  const refused = (options: object, message: string) =>
    expect(() => blockOf(options)).toThrow(new RangeError(message));
  await expectNoLeak(() => {
    refused({ dModel: 0 }, "dModel: expected a whole number from 1, got 0");
    refused({ heads: 4 }, "dModel: expected a multiple of heads=4, got 6");
    refused({ dFF: 0 }, "dFF: expected a whole number from 1, got 0");
    refused({ eps: -1 }, "eps: expected a positive number, got -1");
    refused({ dropout: -0.1 }, "dropout: expected a number in [0, 1), got -0.1");
    refused({ stochasticDepth: 1 }, "stochasticDepth: expected a number in [0, 1), got 1");
    refused({ cross: true, memoryDim: 0 }, "keyDim: expected a whole number from 1, got 0");
    const some = { alpha: 2, beta: 0.5 };
    refused({ deepNorm: some }, "deepNorm: expected none with preNorm, got some");
    refused({ residual: "deepNorm" }, "deepNorm: expected coefficients with deepNorm, got none");
    refused(
      { activation: "sigmoid" },
      'activation: expected one for a feed-forward without a gate, got "sigmoid"',
    );
    refused(
      { activation: "tanh" },
      'activation: expected one of relu, squared-relu, gelu, gelu-tanh, silu, mish, got "tanh"',
    );
  });
});

test("refuses inputs that do not fit, and leaves nothing behind", async () => {
  const [block, x, wide, mask] = [blockOf(), inputs(), zeros([2, 5, 7]), padding([5, 5, 5], 5)];
  await expectNoLeak(() => {
    expect(() => block.forward(wide as Tensor3D)).toThrow("gain: expected [width=7], got [6]");
    expect(() => block.forward(x, { mask })).toThrow("mask.keys: expected [2, 5], got [3, 5]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const block = standardBlock({
      dModel: D_MODEL,
      heads: 2,
      dropout: 0.1,
      rng: new Rng(1),
    }).train();
    block.forward(x, { mask: causal() }).dispose();
    block.dispose();
  });
});
