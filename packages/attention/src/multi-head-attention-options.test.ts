import { randomNormal, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { constant, Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { causal, MultiHeadAttention, type MultiHeadAttentionOptions, padding } from "./index";

const D_MODEL = 6;
const EXACT = { rtol: 0, atol: 0 };
const inputs = (): Tensor3D => randomNormal([2, 5, D_MODEL], 0, 1, "float32", 31);

function attentionOf(options: Partial<MultiHeadAttentionOptions> = {}): MultiHeadAttention {
  return new MultiHeadAttention({ dModel: D_MODEL, heads: 2, rng: new Rng(3), ...options });
}

test("drops weights in training only, and the same for a seed", async () => {
  const x = inputs();
  const part = attentionOf({ dropout: 0.5 });
  const without = await attentionOf().forward(x).data();
  await expectClose(part.forward(x), without, EXACT);
  const once = part.train().forward(x);
  await expect(expectClose(once, without)).rejects.toThrow("entries are off");
  await expect(expectClose(part.forward(x), once)).rejects.toThrow("entries are off");
  await expectClose(attentionOf({ dropout: 0.5 }).train().forward(x), once, EXACT);
  await expectClose(part.eval().forward(x), without, EXACT);
});

test("names its parameters", () => {
  const shapes = (options: Partial<MultiHeadAttentionOptions>) =>
    [...attentionOf(options).parameters()].map(([path, { shape }]) => [path, shape]);
  expect(shapes({ heads: 4, kvHeads: 2, headDim: 3, keyDim: 5, valueDim: 7 })).toEqual([
    ["query.kernel", [D_MODEL, 12]],
    ["query.bias", [12]],
    ["key.kernel", [5, 6]],
    ["key.bias", [6]],
    ["value.kernel", [7, 6]],
    ["value.bias", [6]],
    ["output.kernel", [12, D_MODEL]],
    ["output.bias", [D_MODEL]],
  ]);
  expect(shapes({ bias: false }).map(([path]) => path)).toEqual([
    ...["query.kernel", "key.kernel", "value.kernel", "output.kernel"],
  ]);
});

test("takes first values for all kernels or for the output's alone", async () => {
  const options = { dModel: 2, heads: 1, rng: new Rng(1), init: constant(0.5) };
  const all = new MultiHeadAttention(options);
  await expectClose(all.output.kernel, [0.5, 0.5, 0.5, 0.5]);
  const one = new MultiHeadAttention({ ...options, outputInit: constant(2) });
  await expectClose(one.value.kernel, [0.5, 0.5, 0.5, 0.5]);
  await expectClose(one.output.kernel, [2, 2, 2, 2]);
});

test("refuses widths and heads that do not fit, and leaves nothing behind", async () => {
  const refused = (options: object, message: string) =>
    expect(() => attentionOf(options)).toThrow(new RangeError(message));
  await expectNoLeak(() => {
    refused({ dModel: 0 }, "dModel: expected a whole number from 1, got 0");
    refused({ heads: 0 }, "heads: expected a whole number from 1, got 0");
    refused({ heads: 4 }, "dModel: expected a multiple of heads=4, got 6");
    refused({ headDim: 1.5 }, "headDim: expected a whole number from 1, got 1.5");
    refused({ kvHeads: 0 }, "kvHeads: expected a whole number from 1, got 0");
    refused({ heads: 6, kvHeads: 4 }, "kvHeads: expected a divisor of heads=6, got 4");
    refused({ keyDim: 0 }, "keyDim: expected a whole number from 1, got 0");
    refused({ valueDim: -1 }, "valueDim: expected a whole number from 1, got -1");
    refused({ dropout: 1 }, "dropout: expected a number in [0, 1), got 1");
  });
});

test("refuses inputs that do not fit, and leaves nothing behind", async () => {
  const part = attentionOf({ keyDim: 4 });
  const [x, key, other] = [zeros([2, 3, 6]), zeros([2, 5, 4]), zeros([1, 5, 4])] as Tensor3D[];
  const mask = padding([5, 5, 5], 5);
  await expectNoLeak(() => {
    expect(() => part.forward(key!, { key: key! })).toThrow(
      "x: expected [batch=2, queries=5, 6], got [2, 5, 4]",
    );
    expect(() => part.forward(x!)).toThrow("key: expected [batch=2, keys=3, 4], got [2, 3, 6]");
    expect(() => part.forward(x!, { key: other! })).toThrow(
      "key: expected [batch=2, keys, 4], got [1, 5, 4]",
    );
    expect(() => part.forward(x!, { key: key!, value: other! })).toThrow(
      "value: expected [batch=2, keys=5, 4], got [1, 5, 4]",
    );
    expect(() => part.forward(x!, { key: key!, mask })).toThrow(
      "mask.keys: expected [2, 5], got [3, 5]",
    );
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const part = attentionOf({ dropout: 0.1 }).train();
    part.forward(x, { mask: causal() }).dispose();
    const { output, weights } = part.forward(x, { returnWeights: true });
    output.dispose();
    weights.dispose();
    part.dispose();
  });
});
