import { type Tensor, type Tensor1D, tensor, util, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { layerNorm } from "./layer-norm";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor(numbers(shape, shift), shape);

const width = 7;
const gain = () => made([width], 5) as Tensor1D;
const bias = () => made([width], 23) as Tensor1D;

function plainLayerNorm(x: number[], gain?: number[], bias?: number[], eps = 1e-5): number[] {
  return x.map((value, n) => {
    const row = x.slice(n - (n % width), n - (n % width) + width);
    const mean = row.reduce((sum, entry) => sum + entry, 0) / width;
    const variance = row.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / width;
    const column = n % width;
    const normal = (value - mean) / Math.sqrt(variance + eps);
    return normal * (gain?.[column] ?? 1) + (bias?.[column] ?? 0);
  });
}

describe.each([[[7]], [[3, 7]], [[2, 3, 7]]])("x of %j", (shape) => {
  const [x, g, b] = [numbers(shape), numbers([width], 5), numbers([width], 23)];

  test("numbers: plain, with a gain, with both", async () => {
    const plain = layerNorm(made(shape));
    expect(plain.shape).toEqual(shape);
    await expectClose(plain, plainLayerNorm(x));
    await expectClose(layerNorm(made(shape), gain()), plainLayerNorm(x, g));
    await expectClose(layerNorm(made(shape), gain(), bias()), plainLayerNorm(x, g, b));
    await expectClose(layerNorm(made(shape), gain(), bias(), 0.5), plainLayerNorm(x, g, b, 0.5));
  });

  test("gradients: plain, with a gain, with both", async () => {
    const f = (x: Tensor, gain?: Tensor, bias?: Tensor) =>
      layerNorm(x, gain as Tensor1D | undefined, bias as Tensor1D | undefined);
    await expectGradients((x) => f(x), [made(shape)]);
    await expectGradients((x, g) => f(x, g), [made(shape), gain()]);
    await expectGradients((x, g, b) => f(x, g, b), [made(shape), gain(), bias()]);
  });
});

test("keeps its digits where the mean is large", async () => {
  // Deviations of eighths around 1000: E[x²] − E[x]² in float32 would be 0.06 off, of 0.3.
  const x = numbers([3, width]).map((entry) => 1000 + Math.round(entry * 4) / 8);
  const y = layerNorm(tensor(x, [3, width]));
  await expectClose(y, plainLayerNorm(x), { rtol: 1e-3, atol: 5e-4 });
});

test("a tiny variance is held up by eps, and none gives the bias", async () => {
  const x = numbers([3, width]).map((entry) => Math.fround(entry * 1e-4));
  await expectClose(layerNorm(tensor(x, [3, width])), plainLayerNorm(x));
  const flat = layerNorm(tensor(Array(width).fill(0.75)), gain(), bias());
  await expectClose(flat, numbers([width], 23));
});

test("a single entry is its own mean", async () => {
  await expectClose(layerNorm(tensor([3, -5], [2, 1])), [0, 0]);
});

describe("refuses, and leaves nothing behind", () => {
  test.each<[string, number[], number[] | undefined, number[] | undefined, number, Error]>([
    [
      "eps 0",
      [7],
      undefined,
      undefined,
      0,
      new RangeError("eps: expected a positive number, got 0"),
    ],
    [
      "eps NaN",
      [7],
      undefined,
      undefined,
      NaN,
      new RangeError("eps: expected a positive number, got NaN"),
    ],
    [
      "a bias alone",
      [7],
      undefined,
      [7],
      1e-5,
      new RangeError("bias: expected a gain beside it, got none"),
    ],
    [
      "a scalar",
      [],
      undefined,
      undefined,
      1e-5,
      new ShapeError("x: expected [..., width], got []"),
    ],
    [
      "a short gain",
      [2, 7],
      [6],
      undefined,
      1e-5,
      new ShapeError("gain: expected [width=7], got [6]"),
    ],
    ["a long bias", [2, 7], [7], [8], 1e-5, new ShapeError("bias: expected [width=7], got [8]")],
    [
      "a gain of rows",
      [2, 7],
      [2, 7],
      undefined,
      1e-5,
      new ShapeError("gain: expected [width=7], got [2, 7]"),
    ],
  ])("%s", async (_, x, gain, bias, eps, error) => {
    const tensors = [x, gain, bias].map((shape) => shape && zeros(shape));
    const [input, g, b] = tensors as [Tensor, Tensor1D?, Tensor1D?];
    await expectNoLeak(() => expect(() => layerNorm(input, g, b, eps)).toThrow(error));
  });
});
