import {
  add,
  randomNormal,
  slice,
  type Tensor,
  type Tensor3D,
  tensor3d,
} from "@tensorflow/tfjs-core";
import { type Linear, Rng } from "@tx/core";
import { expectClose, expectGradients } from "@tx/testing";
import { expect, test } from "vitest";
import { causal, MultiHeadAttention, type MultiHeadAttentionOptions, padding } from "./index";

const D_MODEL = 6;
const EXACT = { rtol: 0, atol: 0 };
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const random = (shape: number[], seed: number): Tensor3D =>
  randomNormal(shape as [number, number, number], 0, 1, "float32", seed);

/** Kernels and biases all drawn, so that none can be left out unnoticed. */
function attentionOf(options: Partial<MultiHeadAttentionOptions> = {}): MultiHeadAttention {
  const part = new MultiHeadAttention({ dModel: D_MODEL, heads: 2, rng: new Rng(3), ...options });
  let seed = 1;
  for (const parameter of part.parameters().values()) {
    parameter.assign(randomNormal(parameter.shape, 0, 0.6, "float32", seed++));
  }
  return part;
}

type Rows = number[][];
type MayAttend = (batch: number, query: number, key: number) => boolean;

async function rowsOf(x: Tensor3D): Promise<Rows[]> {
  return (await x.array()) as Rows[];
}

async function map(rows: Rows, { kernel, bias }: Linear): Promise<Rows> {
  const [weights, shift] = [await kernel.data(), await bias?.data()];
  const width = kernel.shape[1]!;
  return rows.map((row) =>
    Array.from({ length: width }, (_, out) =>
      row.reduce((sum, entry, i) => sum + entry * weights[i * width + out]!, shift?.[out] ?? 0),
    ),
  );
}

/** The paper's formulas in loops and in float64: output and weights, flat. */
async function wanted(
  part: MultiHeadAttention,
  query: Tensor3D,
  { key = query, value = key }: { key?: Tensor3D; value?: Tensor3D } = {},
  mayAttend: MayAttend = () => true,
): Promise<{ output: number[]; weights: number[] }> {
  const [queries, keys, values] = [await rowsOf(query), await rowsOf(key), await rowsOf(value)];
  const { heads, kvHeads, headDim } = part;
  const output: number[] = [];
  const weights: number[] = [];
  for (const [batch, rows] of queries.entries()) {
    const q = await map(rows, part.query);
    const k = await map(keys[batch]!, part.key);
    const v = await map(values[batch]!, part.value);
    const merged: Rows = q.map(() => []);
    for (let head = 0; head < heads; head++) {
      const [from, kvFrom] = [head, Math.floor((head * kvHeads) / heads)].map((n) => n * headDim);
      const cut = (row: number[], start: number) => row.slice(start, start + headDim);
      for (const [i, row] of q.entries()) {
        const scores = k.map((other, j) => {
          const own = cut(row, from!);
          const dot = cut(other, kvFrom!).reduce((sum, entry, n) => sum + entry * own[n]!, 0);
          return mayAttend(batch, i, j) ? Math.exp(dot / Math.sqrt(headDim)) : 0;
        });
        const total = scores.reduce((sum, score) => sum + score, 0);
        const shares = scores.map((score) => (total === 0 ? 0 : score / total));
        weights.push(...shares);
        for (let n = 0; n < headDim; n++) {
          merged[i]!.push(shares.reduce((sum, share, j) => sum + share * v[j]![kvFrom! + n]!, 0));
        }
      }
    }
    output.push(...(await map(merged, part.output)).flat());
  }
  return { output, weights };
}

test("is the paper's formula", async () => {
  const [part, x] = [attentionOf(), random([2, 5, D_MODEL], 31)];
  const y = part.forward(x);
  expect(y.shape).toEqual([2, 5, D_MODEL]);
  await expectClose(y, (await wanted(part, x)).output, NEAR);
});

test.each<[string, Partial<MultiHeadAttentionOptions>]>([
  ["one head", { heads: 1 }],
  ["as many heads as features", { heads: D_MODEL }],
  ["no biases", { bias: false }],
  ["a headDim of its own", { heads: 4, headDim: 5 }],
  ["grouped queries", { heads: 6, kvHeads: 2 }],
  ["a single key head", { heads: 3, kvHeads: 1 }],
  ["grouped queries and a headDim of their own", { heads: 4, kvHeads: 2, headDim: 3 }],
])("holds with %s", async (_, options) => {
  const [part, x] = [attentionOf(options), random([2, 5, D_MODEL], 31)];
  const { output, weights } = part.forward(x, { mask: causal(), returnWeights: true });
  const reference = await wanted(part, x, {}, (__, query, key) => key <= query);
  await expectClose(output, reference.output, NEAR);
  expect(weights.shape).toEqual([2, part.heads, 5, 5]);
  await expectClose(weights, reference.weights, NEAR);
});

test("attends across, to inputs of other widths and lengths", async () => {
  const part = attentionOf({ keyDim: 4, valueDim: 3 });
  const [x, key, value] = [random([2, 3, D_MODEL], 1), random([2, 7, 4], 2), random([2, 7, 3], 3)];
  const mask = padding([7, 4], 7);
  const { output, weights } = part.forward(x, { key, value, mask, returnWeights: true });
  const visible = (batch: number, _: number, at: number) => at < [7, 4][batch]!;
  const reference = await wanted(part, x, { key, value }, visible);
  expect(output.shape).toEqual([2, 3, D_MODEL]);
  await expectClose(output, reference.output, NEAR);
  expect(weights.shape).toEqual([2, 2, 3, 7]);
  await expectClose(weights, reference.weights, NEAR);
});

test("makes values from the keys' input where there is no other", async () => {
  const part = attentionOf({ keyDim: 4 });
  const [x, key] = [random([2, 3, D_MODEL], 1), random([2, 7, 4], 2)];
  await expectClose(part.forward(x, { key }), (await wanted(part, x, { key })).output, NEAR);
});

test("with a causal mask no position sees a later one", async () => {
  const [part, x] = [attentionOf(), random([1, 5, D_MODEL], 31)];
  const numbers = Array.from(await x.data());
  const changed = tensor3d(
    numbers.map((number, i) => (i < 4 * D_MODEL ? number : 9 - number)),
    x.shape,
  );
  const mask = causal();
  const first = (y: Tensor3D) => slice(y, [0, 0, 0], [1, 4, D_MODEL]);
  const before = part.forward(x, { mask });
  const after = part.forward(changed, { mask });
  await expectClose(first(after), first(before), EXACT);
  await expect(expectClose(after, before)).rejects.toThrow("entry [0, 4, 0]");
});

test("hidden keys do not matter, and who may see nothing gets the bias", async () => {
  const part = attentionOf();
  const [x, key] = [random([2, 3, D_MODEL], 1), random([2, 4, D_MODEL], 2)];
  const y = part.forward(x, { key, mask: padding([2, 0], 4) });
  const few = slice(key, [0, 0, 0], [2, 2, D_MODEL]);
  const rows = (t: Tensor3D, batch: number) => slice(t, [batch, 0, 0], [1, 3, D_MODEL]);
  await expectClose(rows(y, 0), rows(part.forward(x, { key: few }), 0), NEAR);
  const bias = Array.from(await part.output.bias!.data());
  await expectClose(rows(y, 1), [...bias, ...bias, ...bias]);
});

test("each row of weights sums to 1, and reading them changes nothing", async () => {
  const [part, x] = [attentionOf(), random([2, 5, D_MODEL], 31)];
  const { output, weights } = part.forward(x, { returnWeights: true });
  await expectClose(output, part.forward(x), EXACT);
  const flat = Array.from(await weights.data());
  for (let row = 0; row < flat.length; row += 5) {
    expect(flat.slice(row, row + 5).reduce((sum, share) => sum + share)).toBeCloseTo(1, 5);
  }
});

test("weights are told as before dropout", async () => {
  const x = random([2, 5, D_MODEL], 31);
  const part = attentionOf({ dropout: 0.5 }).train();
  const { weights } = part.forward(x, { returnWeights: true });
  await expectClose(weights, (await wanted(part, x)).weights, NEAR);
});

test("has the gradients that differences give", async () => {
  const part = attentionOf({ heads: 2, kvHeads: 1 });
  const [x, key] = [random([2, 3, D_MODEL], 1), random([2, 4, D_MODEL], 2)];
  const parts = [part.query, part.key, part.value, part.output];
  const kernels = parts.map(({ kernel }, n) =>
    randomNormal(kernel.shape, 0, 0.5, "float32", n + 1),
  );
  const mask = padding([4, 3], 4);
  const forward = (...[x, key, ...kernels]: Tensor[]) => {
    for (const [n, kernel] of kernels.entries()) Object.assign(parts[n]!, { kernel });
    return part.forward(x as Tensor3D, { key: key as Tensor3D, mask });
  };
  await expectGradients(forward, [x, key, ...kernels]);
});

test("adds a residual in the same pass, and refuses one that does not fit", async () => {
  const part = attentionOf();
  const [x, residual] = [random([2, 3, 6], 21), random([2, 3, 6], 22)];
  await expectClose(part.forward(x, { residual }), add(part.forward(x), residual), NEAR);
  expect(() => part.forward(x, { residual: random([2, 3, 5], 23) })).toThrow(
    "residual: expected [2, 3, 6], got [2, 3, 5]",
  );
  const bare = new MultiHeadAttention({ dModel: 6, heads: 2, output: false, rng: new Rng(1) });
  expect(() => bare.forward(x, { residual })).toThrow(
    "residual: expected none without an output projection, got one",
  );
});
