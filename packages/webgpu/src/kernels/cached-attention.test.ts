import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { attention, cachedAttention, linear, type Mask, viewAs, writeRows } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import "../testing/compare";
import { floats } from "../testing/inputs";

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
  whole?: boolean;
}

/** Everything by a case's sizes, buffers that hold something included. */
function given(sizes: Case) {
  const { batch = 1, tokens = 1, heads = 4, kvHeads = heads, headDim = 3 } = sizes;
  const { valueDim = headDim, size = 11, held = 6, mask = { causal: true }, whole = true } = sizes;
  const map = (inputs: number, outputs: number, seed: number) => ({
    kernel: floats([inputs, outputs], seed) as Tensor2D,
    ...(whole && { bias: floats([outputs], seed + 1) as Tensor1D }),
  });
  return {
    x: floats([batch, tokens, 5], 1) as Tensor3D,
    options: {
      query: map(5, heads * headDim, 3),
      key: map(5, kvHeads * headDim, 5),
      value: map(5, kvHeads * valueDim, 7),
      output: map(heads * valueDim, 5, 9),
      keys: floats([batch, size, kvHeads, headDim], 11) as Tensor4D,
      values: floats([batch, size, kvHeads, valueDim], 13) as Tensor4D,
      residual: whole ? (floats([batch, tokens, 5], 15) as Tensor3D) : undefined,
      ...{ heads, held, mask, scale: 0.1 },
    },
  };
}

/** The operations one by one: output, keys, values. */
function oneByOne({ x, options }: ReturnType<typeof given>): Tensor[] {
  const { query, key, value, output, keys, values, residual, heads, held, mask, scale } = options;
  const [batch, tokens] = x.shape;
  const split = (map: typeof query, heads: number) => {
    const rows = linear(x, map.kernel, map.bias);
    return viewAs<Tensor4D>(rows, [batch, tokens, heads, rows.shape[2] / heads]);
  };
  const layout = "bshd" as const;
  const allKeys = writeRows(keys, split(key, keys.shape[2]), { start: held, layout });
  const allValues = writeRows(values, split(value, keys.shape[2]), { start: held, layout });
  const mixed = attention(split(query, heads), allKeys, allValues, {
    ...{ mask, scale, layout, keyCount: held + tokens },
  });
  const merged = viewAs<Tensor3D>(mixed, [batch, tokens, heads * values.shape[3]]);
  return [linear(merged, output.kernel, output.bias, { residual }), allKeys, allValues];
}

test.each<Case>([
  {},
  { held: 0, whole: false },
  { held: 10, kvHeads: 1, valueDim: 7 },
  { batch: 3, kvHeads: 2, tokens: 2, mask: { window: { before: 2, after: 1 } } },
  { batch: 2, tokens: 9, size: 20, mask: { prefix: 2 } },
  { size: 311, held: 290, tokens: 2, batch: 2 },
])("what the operations make one by one: %j", async (sizes) => {
  const call = given(sizes);
  const wanted = oneByOne(call);
  const { keys, values } = call.options;
  // Copies on the host, which are old afterwards.
  await Promise.all([keys.data(), values.data()]);
  const output = cachedAttention(call.x, call.options);
  for (const [n, got] of [output!, keys, values].entries()) {
    expect(got.shape).toEqual(wanted[n]!.shape);
    await expectClose(got, await wanted[n]!.data(), { rtol: 1e-6, atol: 1e-6 });
  }
});

test("leaves nothing behind but its output", async () => {
  const { x, options } = given({ batch: 2, tokens: 3 });
  await expectNoLeak(() => cachedAttention(x, options)!.dispose());
});
