import {
  clone,
  getBackend,
  getKernel,
  grad,
  ones,
  randomUniform,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { attention, linear, type Mask, viewAs, writeRows } from "..";
import { cachedAttention } from "./cached-attention";

interface Case {
  batch?: number;
  tokens?: number;
  heads?: number;
  kvHeads?: number;
  headDim?: number;
  valueDim?: number;
  size?: number;
  held?: number;
  mask?: Mask;
  bias?: boolean;
  residual?: boolean;
}

const made = <T extends Tensor>(shape: number[], seed: number) =>
  randomUniform(shape, -1, 1, "float32", seed) as T;

/** Everything by a case's sizes, buffers that hold something included. */
function given(sizes: Case) {
  const { batch = 1, tokens = 1, heads = 4, kvHeads = heads, headDim = 3 } = sizes;
  const { valueDim = headDim, size = 11, held = 6, mask = { causal: true } } = sizes;
  const map = (inputs: number, outputs: number, seed: number) => ({
    kernel: made<Tensor2D>([inputs, outputs], seed),
    ...((sizes.bias ?? true) ? { bias: made<Tensor1D>([outputs], seed + 1) } : {}),
  });
  return {
    x: made<Tensor3D>([batch, tokens, 5], 1),
    options: {
      query: map(5, heads * headDim, 3),
      key: map(5, kvHeads * headDim, 5),
      value: map(5, kvHeads * valueDim, 7),
      output: map(heads * valueDim, 5, 9),
      keys: made<Tensor4D>([batch, size, kvHeads, headDim], 11),
      values: made<Tensor4D>([batch, size, kvHeads, valueDim], 13),
      residual: (sizes.residual ?? true) ? made<Tensor3D>([batch, tokens, 5], 15) : undefined,
      ...{ heads, held, mask, scale: 0.7 },
    },
  };
}

/** The operations one by one: output, keys, values. */
function oneByOne({ x, options }: ReturnType<typeof given>): Tensor[] {
  const { query, key, value, output, keys, values, residual, heads, ...rest } = options;
  const [batch, tokens] = x.shape;
  const split = (map: typeof query, heads: number) => {
    const rows = linear(x, map.kernel, map.bias);
    return viewAs<Tensor4D>(rows, [batch, tokens, heads, rows.shape[2] / heads]);
  };
  const kvHeads = keys.shape[2];
  const [start, layout] = [rest.held, "bshd"] as const;
  const allKeys = writeRows(keys, split(key, kvHeads), { start, layout });
  const allValues = writeRows(values, split(value, kvHeads), { start, layout });
  const { mask, scale } = rest;
  const keyCount = rest.held + tokens;
  const mixed = attention(split(query, heads), allKeys, allValues, {
    ...{ mask, scale, layout, keyCount },
  });
  const merged = viewAs<Tensor3D>(mixed, [batch, tokens, heads * values.shape[3]]);
  return [linear(merged, output.kernel, output.bias, { residual }), allKeys, allValues];
}

const hasKernel = () => getKernel("TxCachedAttention", getBackend()) !== undefined;

describe("bit for bit what the operations make one by one", () => {
  test.each<Case>([
    {},
    { held: 0 },
    { held: 10 },
    { bias: false, residual: false },
    { kvHeads: 2 },
    { kvHeads: 1, valueDim: 7 },
    { batch: 3 },
    { batch: 2, tokens: 5, kvHeads: 2, valueDim: 2 },
    { tokens: 4, mask: {} },
    { tokens: 3, mask: { window: { before: 2, after: 1 } } },
    { tokens: 5, held: 0, mask: { prefix: 2 } },
    { tokens: 40, size: 50, headDim: 33 },
  ])("%j", async (sizes) => {
    const call = given(sizes);
    const wanted = oneByOne(call);
    const { keys, values } = call.options;
    const before = [await keys.data(), await values.data()];
    const output = cachedAttention(call.x, call.options);
    if (!hasKernel()) {
      expect(output).toBeUndefined();
      expect([await keys.data(), await values.data()]).toEqual(before);
      return;
    }
    for (const [n, got] of [output!, keys, values].entries()) {
      expect(got.shape).toEqual(wanted[n]!.shape);
      expect(await got.data()).toEqual(await wanted[n]!.data());
    }
  });
});

describe("does nothing", () => {
  const doesNothing = async (call: ReturnType<typeof given>) => {
    const { keys, values } = call.options;
    const before = [await keys.data(), await values.data()];
    expect(cachedAttention(call.x, call.options)).toBeUndefined();
    expect([await keys.data(), await values.data()]).toEqual(before);
  };

  test("where the buffers have no room", () => doesNothing(given({ held: 9, tokens: 3 })));

  test("where a size does not fit", async () => {
    const call = given({});
    const other = given({ heads: 2, kvHeads: 2 });
    const { keys, query, output } = other.options;
    await doesNothing({ ...call, options: { ...call.options, keys } });
    await doesNothing({ ...call, options: { ...call.options, query } });
    await doesNothing({ ...call, options: { ...call.options, output } });
    await doesNothing({ ...call, x: made<Tensor3D>([1, 1, 4], 1) });
    await doesNothing({ ...call, x: made<Tensor3D>([2, 1, 5], 1) });
  });

  test("where the mask has tensors", () =>
    doesNothing(given({ mask: { keys: ones([1, 7], "bool") } })));

  test("where another tensor shares a buffer", async () => {
    const call = given({});
    const other = clone(call.options.values);
    await doesNothing(call);
    other.dispose();
  });

  test("where a gradient is being taken", () => {
    const call = given({});
    let made: Tensor | undefined;
    grad((x) => {
      made = cachedAttention(x as Tensor3D, call.options);
      return linear(x, call.options.query.kernel);
    })(call.x);
    expect(made).toBeUndefined();
  });
});

test("refuses a mask out of range in the words of attention", () => {
  const { x, options } = given({ mask: { window: { before: -1 } } });
  expect(() => cachedAttention(x, options)).toThrow(
    new RangeError("mask.window.before: expected a whole number from 0, got -1"),
  );
});

test("leaves nothing behind", async () => {
  const { x, options } = given({});
  await expectNoLeak(() => tidy(() => void cachedAttention(x, options)));
});
