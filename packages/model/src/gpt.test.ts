import {
  randomNormal,
  type Scalar,
  slice,
  type Tensor,
  type Tensor2D,
  tensor2d,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import type { FeedForward } from "@tx/ffn";
import { softmaxCrossEntropy } from "@tx/ops";
import { learned, sinusoidal } from "@tx/positional";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type Block, type GptOptions, gpt } from "./index";

type BlockOfGpt = Block & { readonly feedForward: FeedForward };

const EXACT = { rtol: 0, atol: 0 };
const SIZES = { vocabSize: 11, maxLen: 7, layers: 2, heads: 2, dModel: 6 };
const ids = (...rows: number[][]): Tensor2D => tensor2d(rows, undefined, "int32");
const modelOf = (options: Partial<GptOptions> = {}) =>
  gpt({ ...SIZES, rng: new Rng(3), ...options });
const countOf = (options: Partial<GptOptions> = {}) =>
  [...modelOf(options).parameters().values()].reduce((sum, { size }) => sum + size, 0);

/** Table, positions, blocks (four and eight d² of kernels, thirteen d beside), last norm. */
function gpt2Count(vocab: number, length: number, layers: number, width: number): number {
  return (vocab + length) * width + layers * (12 * width ** 2 + 13 * width) + 2 * width;
}

test("has as many parameters as GPT-2 of its sizes", () => {
  // The published number of GPT-2 small, 124 million, shows that the formula is the right one.
  expect(gpt2Count(50_257, 1024, 12, 768)).toBe(124_439_808);
  expect(countOf()).toBe(gpt2Count(11, 7, 2, 6));
  expect(countOf({ layers: 1, dModel: 8, heads: 4 })).toBe(gpt2Count(11, 7, 1, 8));
});

test("untied adds a head; no bias and no learned positions take theirs away", () => {
  const all = countOf();
  expect(countOf({ tied: false })).toBe(all + 11 * 6);
  expect(countOf({ bias: false })).toBe(all - 2 * (11 + 2) * 6 + 2 * 2 * 6 - 6);
  expect(countOf({ positional: "sinusoidal" })).toBe(all - 7 * 6);
  expect(countOf({ dFF: 5 })).toBe(all - 2 * (24 - 5) * (2 * 6 + 1));
});

test("names its parameters in the order of the code", () => {
  const paths = [...modelOf({ tied: false, layers: 1 }).parameters().keys()];
  expect(paths.slice(0, 4)).toEqual([
    "embedding.table",
    "positional.embedding.table",
    "decoder.blocks.0.attentionResidual.norm.gain",
    "decoder.blocks.0.attentionResidual.norm.bias",
  ]);
  expect(paths.slice(-3)).toEqual(["decoder.norm.gain", "decoder.norm.bias", "head.kernel"]);
});

test("begins as GPT-2 does: 0.02, and less what is added to the stream", async () => {
  const model = modelOf({ dModel: 32 });
  const expectDeviation = async (x: Tensor, wanted: number) => {
    const numbers = Array.from(await x.data());
    const deviation = Math.sqrt(numbers.reduce((sum, y) => sum + y * y, 0) / numbers.length);
    expect(Math.abs(deviation / wanted - 1)).toBeLessThan(0.1);
  };
  const { attention, feedForward } = model.decoder.blocks[1]! as BlockOfGpt;
  await expectDeviation(attention.query.kernel, 0.02);
  await expectDeviation(feedForward.expand.kernel, 0.02);
  await expectDeviation(attention.output.kernel, 0.01);
  await expectDeviation(feedForward.contract.kernel, 0.01);
});

test.each<[string, Partial<GptOptions>]>([
  ["learned positions", {}],
  ["sinusoidal positions", { positional: "sinusoidal" }],
  ["a strategy of one's own", { positional: sinusoidal({ dModel: 6, base: 50 }) }],
  ["a head of its own", { tied: false }],
  ["no biases", { bias: false }],
  ["another activation", { activation: "relu" }],
])("with %s no logit depends on a later token", async (_, options) => {
  const model = modelOf(options);
  const before = model.forward(ids([3, 1, 4, 1, 5], [9, 2, 6, 5, 3]));
  expect(before.shape).toEqual([2, 5, 11]);
  const after = model.forward(ids([3, 1, 4, 1, 8], [9, 2, 6, 5, 0]));
  const first = (logits: Tensor) => slice(logits, [0, 0, 0], [2, 4, 11]);
  await expectClose(first(after), first(before), EXACT);
  await expect(expectClose(after, before)).rejects.toThrow("entry [0, 4,");
});

test("hands its options to every block", () => {
  const { blocks, norm } = modelOf({ eps: 0.1, dropout: 0.3, dFF: 5 }).decoder;
  expect(norm).toMatchObject({ eps: 0.1 });
  for (const block of blocks as readonly BlockOfGpt[]) {
    const { attentionResidual, feedForwardResidual, attention, feedForward } = block;
    for (const { norm, dropout } of [attentionResidual, feedForwardResidual]) {
      expect(norm).toMatchObject({ eps: 0.1 });
      expect(dropout.rate).toBe(0.3);
    }
    expect([attention.dropout.rate, attention.heads]).toEqual([0.3, 2]);
    expect(feedForward.expand.kernel.shape).toEqual([6, 5]);
  }
});

test("the order of tokens matters", async () => {
  const model = modelOf();
  const last = (logits: Tensor) => slice(logits, [0, 2, 0], [1, 1, 11]);
  const [one, other] = [model.forward(ids([1, 2, 3])), model.forward(ids([2, 1, 3]))];
  await expect(expectClose(last(one), last(other))).rejects.toThrow("entries are off");
});

test("the same seed gives the same model, another seed another", async () => {
  const tokens = ids([3, 1, 4]);
  const logits = modelOf().forward(tokens);
  await expectClose(modelOf().forward(tokens), logits, EXACT);
  const other = modelOf({ rng: new Rng(4) }).forward(tokens);
  await expect(expectClose(other, logits)).rejects.toThrow("entries are off");
});

test("a new model is in eval; train and eval reach every dropout", async () => {
  const tokens = ids([3, 1, 4]);
  const model = modelOf({ dropout: 0.2 });
  const without = modelOf().forward(tokens);
  await expectClose(model.forward(tokens), without, EXACT);
  const { decoder, embedding } = model.train();
  const within = decoder.blocks.flatMap((block) => [
    block.attention.dropout,
    block.attentionResidual.dropout,
    block.feedForwardResidual.dropout,
  ]);
  expect([embedding.dropout, ...within].map(({ training, rate }) => [training, rate])).toEqual(
    Array(7).fill([true, 0.2]),
  );
  const once = model.forward(tokens);
  await expect(expectClose(once, without)).rejects.toThrow("entries are off");
  await expectClose(modelOf({ dropout: 0.2 }).train().forward(tokens), once, EXACT);
  await expectClose(model.eval().forward(tokens), without, EXACT);
});

test("its config is plain JSON with every default filled in", () => {
  const { config } = modelOf();
  expect(config).toEqual({
    ...{ kind: "gpt", version: 1, ...SIZES, dFF: 24 },
    ...{ dropout: 0, bias: true, eps: 1e-5, activation: "gelu-tanh", tied: true },
    positional: { kind: "learned", version: 1, maxLen: 7, dModel: 6 },
  });
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

test("every parameter learns, tied or not", async () => {
  const [tokens, targets] = [ids([3, 1, 4, 1, 5]), ids([1, 4, 1, 5, 9])];
  for (const tied of [true, false]) {
    const model = modelOf({ tied });
    const loss = () => softmaxCrossEntropy<Scalar>(model.forward(tokens), targets);
    const { value, grads } = variableGrads(loss);
    const names = [...model.parameters().values()].map(({ name }) => name);
    expect(names.filter((name) => !grads[name])).toEqual([]);
    // At first all tokens are about equally likely.
    await expectClose(value, [Math.log(11)], { rtol: 0.05 });
  }
});

test("the tied table's gradient comes from both its uses", async () => {
  const model = gpt({ vocabSize: 5, maxLen: 3, layers: 1, heads: 1, dModel: 4, rng: new Rng(5) });
  const tokens = ids([3, 1, 3]);
  const table: Tensor = randomNormal([5, 4], 0, 1, "float32", 8);
  const forward = (given: Tensor) => {
    for (const part of [model.embedding, model.head]) Object.assign(part, { table: given });
    return model.forward(tokens);
  };
  await expectGradients(forward, [table], { epsilon: 1 / 128, atol: 1e-3 });
});

test("refuses options that make no sense, and leaves nothing behind", async () => {
  const refused = (options: object, message: string) =>
    expect(() => modelOf(options)).toThrow(new RangeError(message));
  await expectNoLeak(() => {
    for (const name of ["vocabSize", "maxLen", "layers", "heads", "dModel", "dFF"]) {
      refused({ [name]: 0 }, `${name}: expected a whole number from 1, got 0`);
      refused({ [name]: 1.5 }, `${name}: expected a whole number from 1, got 1.5`);
    }
    refused({ heads: 4 }, "dModel: expected a multiple of heads=4, got 6");
    refused({ eps: 0 }, "eps: expected a positive number, got 0");
    refused({ dropout: 1 }, "dropout: expected a number in [0, 1), got 1");
    refused(
      { activation: "swish" },
      'activation: expected one of relu, squared-relu, gelu, gelu-tanh, silu, mish, got "swish"',
    );
    const known = '"learned", "sinusoidal" or a strategy';
    refused({ positional: "rotary" }, `positional: expected ${known}, got "rotary"`);
    refused({ positional: null }, `positional: expected ${known}, got null`);
  });
});

test("a strategy of one's own stays the caller's where an option is refused", () => {
  const positional = learned({ maxLen: 7, dModel: 6, rng: new Rng(1) });
  expect(() => modelOf({ positional, dropout: 2 })).toThrow("dropout: expected");
  expect(positional.embedding.table.isDisposed).toBe(false);
});

test("is made, run and disposed without a leak", async () => {
  const tokens = ids([3, 1, 4]);
  await expectNoLeak(() => {
    for (const tied of [true, false]) {
      const model = modelOf({ tied, dropout: 0.1 }).train();
      model.forward(tokens).dispose();
      model.dispose();
      model.dispose();
    }
  });
});
