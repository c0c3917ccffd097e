import {
  abs,
  add,
  div,
  max,
  mul,
  randomNormal,
  reshape,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor,
  transpose,
  type Variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { constant, Module, normal, parameter, Rng } from "@tx/core";
import { attentionWeights } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  causal,
  cosine,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
  padding,
} from "./index";

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

test("values and output may begin otherwise than queries and keys", async () => {
  const part = attentionOf({ init: constant(1), valueInit: constant(2), outputInit: constant(3) });
  for (const [linear, first] of [
    [part.query, 1],
    [part.key, 1],
    [part.value, 2],
    [part.output, 3],
  ] as const) {
    await expectClose(linear.kernel, Array(36).fill(first));
  }
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

test("biases are for all projections or by name", () => {
  const biased = (bias: NonNullable<MultiHeadAttentionOptions["bias"]>) =>
    [...attentionOf({ bias }).parameters().keys()].filter((path) => path.endsWith("bias"));
  expect(biased(false)).toEqual([]);
  expect(biased(true)).toHaveLength(4);
  expect(biased({ key: false })).toEqual(["query.bias", "value.bias", "output.bias"]);
});

test("values have a width of their own, and the output's projection may be left out", async () => {
  const x = inputs();
  const options = { valueHeadDim: 5, kvHeads: 1 };
  const whole = attentionOf(options);
  expect(whole.value.kernel.shape).toEqual([D_MODEL, 5]);
  expect(whole.output.kernel.shape).toEqual([10, D_MODEL]);
  const bare = new MultiHeadAttention({
    ...{ dModel: D_MODEL, heads: 2, rng: new Rng(3), output: false },
    ...options,
  });
  expect([...bare.parameters().keys()].some((path) => path.startsWith("output"))).toBe(false);
  const heads = bare.forward(x);
  expect(heads.shape).toEqual([2, 5, 10]);
  await expectClose(whole.output.forward(heads), whole.forward(x), EXACT);
  const wide = attentionOf({ ...options, init: normal(0.7, new Rng(4)) });
  const mask = causal();
  await expectGradients((x: Tensor3D) => wide.forward(x, { mask }), [x]);
});

test("with sharedQueryKey the keys are the queries, and the weight is listed once", async () => {
  const x = inputs();
  const part = attentionOf({ sharedQueryKey: true, init: normal(0.7, new Rng(4)) });
  expect([...part.parameters().keys()]).toEqual([
    ...["query.kernel", "query.bias", "value.kernel", "value.bias"],
    ...["output.kernel", "output.bias"],
  ]);
  const other = attentionOf();
  for (const name of ["query", "value", "output"] as const) {
    other[name].kernel.assign(part[name].kernel);
  }
  other.key.kernel.assign(part.query.kernel);
  await expectClose(other.forward(x), part.forward(x), EXACT);
  await expectGradients(
    (kernel: Tensor) => {
      Object.assign(part.query, { kernel });
      return part.forward(x);
    },
    [part.query.kernel],
  );
});

/** Divides by the largest entry: not the same before and after adding something. */
class Peak extends Module {
  readonly gain: Variable;
  constructor(width: number, first: number) {
    super();
    this.gain = parameter([width], constant(first));
  }
  forward<T extends Tensor>(x: T): T {
    return mul(div(x, max(abs(x), -1, true)), this.gain) as T;
  }
}

test.each(["before-rotation", "after-rotation"] as const)("normalises %s", async (order) => {
  let made = 1;
  const norm = (width: number) => new Peak(width, made++);
  const part = attentionOf({ kvHeads: 1, queryKeyNorm: { norm, order } });
  const paths = [...part.parameters()].map(([path, { shape }]) => [path, shape]);
  expect(paths.slice(-2)).toEqual([
    ["queryNorm.gain", [3]],
    ["keyNorm.gain", [3]],
  ]);
  const rotate = (t: Tensor4D): Tensor4D => add(t, 0.25);
  const positional = { kind: "test", rotate, toJSON: () => ({ kind: "test", version: 1 }) };
  const x = inputs();
  const { weights } = part.forward(x, { positional, returnWeights: true });
  const split = (y: Tensor3D, heads: number): Tensor4D =>
    transpose(reshape(y, [2, 5, heads, 3]), [0, 2, 1, 3]);
  const peak = (t: Tensor4D, gain: number): Tensor4D => mul(div(t, max(abs(t), -1, true)), gain);
  const both = (t: Tensor4D, gain: number) =>
    order === "before-rotation" ? rotate(peak(t, gain)) : peak(rotate(t), gain);
  const q = both(split(part.query.forward(x), 2), 1);
  const k = both(split(part.key.forward(x), 1), 2);
  await expectClose(weights, attentionWeights(q, k));
  await expectGradients(
    (gain: Tensor) => {
      Object.assign(part.keyNorm!, { gain });
      return part.forward(x, { positional });
    },
    [tensor([0.5, 2, 1])],
  );
});

test("a score's parameters are the layer's", () => {
  const part = attentionOf({ score: cosine({ heads: 2 }) });
  expect([...part.parameters().keys()].at(-1)).toBe("score.scale");
});

test("takes first values for all kernels, or others for the query's or the output's", async () => {
  const options = { dModel: 2, heads: 1, rng: new Rng(1), init: constant(0.5) };
  const all = new MultiHeadAttention(options);
  await expectClose(all.output.kernel, [0.5, 0.5, 0.5, 0.5]);
  const one = new MultiHeadAttention({
    ...options,
    outputInit: constant(2),
    queryInit: constant(3),
  });
  await expectClose(one.query.kernel, [3, 3, 3, 3]);
  await expectClose(one.key.kernel, [0.5, 0.5, 0.5, 0.5]);
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
    refused({ valueHeadDim: 0 }, "valueHeadDim: expected a whole number from 1, got 0");
    refused({ sharedQueryKey: true, keyDim: 5 }, "keyDim: expected 6 with sharedQueryKey, got 5");
    refused({ sharedQueryKey: true, kvHeads: 1 }, "kvHeads: expected 2 with sharedQueryKey, got 1");
    refused(
      { queryKeyNorm: { norm: () => new Peak(3, 1), order: "before" } },
      'queryKeyNorm.order: expected "before-rotation" or "after-rotation", got "before"',
    );
    let made = 0;
    const norm = (width: number) => {
      if (made++ > 0) throw new RangeError("norm: expected one, got two");
      return new Peak(width, 1);
    };
    refused({ queryKeyNorm: { norm, order: "after-rotation" } }, "norm: expected one, got two");
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
