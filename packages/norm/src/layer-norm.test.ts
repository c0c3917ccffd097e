import { randomNormal, type Tensor, tensor1d, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { LayerNorm, layerNorm } from "./index";

const WIDTH = 7;
const GAIN = [0.5, -1, 2, 0.25, 1.5, -0.75, 1];
const BIAS = [0.1, 0, -0.3, 0.7, -1, 0.2, 0.4];

const inputs = () => randomNormal([2, 3, WIDTH], 0.5, 2, "float32", 11);

/** A part whose gain and bias are not what they are at first. */
function trained(options?: ConstructorParameters<typeof LayerNorm>[1]): LayerNorm {
  const norm = new LayerNorm(WIDTH, options);
  norm.gain.assign(tensor1d(GAIN));
  norm.bias?.assign(tensor1d(BIAS));
  return norm;
}

/** In float64, row by row. */
async function wanted(x: Tensor, { eps = 1e-5, gain = GAIN, bias = BIAS } = {}) {
  const numbers = Array.from(await x.data());
  return numbers.map((number, i) => {
    const row = numbers.slice(i - (i % WIDTH), i - (i % WIDTH) + WIDTH);
    const mean = row.reduce((sum, entry) => sum + entry, 0) / WIDTH;
    const variance = row.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / WIDTH;
    const column = i % WIDTH;
    return ((number - mean) / Math.sqrt(variance + eps)) * gain[column]! + bias[column]!;
  });
}

test("normalises each row, then applies gain and bias", async () => {
  const x = inputs();
  const y = trained().forward(x);
  expect(y.shape).toEqual(x.shape);
  await expectClose(y, await wanted(x));
});

test("is the function with the part's own parameters", async () => {
  const norm = trained({ eps: 0.1 });
  const x = inputs();
  await expectClose(norm.forward(x), layerNorm(x, tensor1d(GAIN), tensor1d(BIAS), 0.1), {
    rtol: 0,
    atol: 0,
  });
});

test("a new part only normalises", async () => {
  const [gain, bias] = [Array(WIDTH).fill(1), Array(WIDTH).fill(0)];
  const x = inputs();
  await expectClose(new LayerNorm(WIDTH).forward(x), await wanted(x, { gain, bias }));
});

test("honours eps, on a row of nothing else too", async () => {
  const x = inputs();
  await expectClose(trained({ eps: 0.5 }).forward(x), await wanted(x, { eps: 0.5 }));
  await expectClose(trained().forward(zeros([1, WIDTH])), BIAS);
});

test("works on rank 1 and 2, and without a bias", async () => {
  const row = [3, 1, 4, 1, 5, 9, 2];
  const bias = Array(WIDTH).fill(0);
  const norm = trained({ bias: false });
  await expectClose(norm.forward(tensor1d(row)), await wanted(tensor1d(row), { bias }));
  const two = tensor2d([row, [2, 7, 1, 8, 2, 8, 1]]);
  await expectClose(norm.forward(two), await wanted(two, { bias }));
});

test("names its parameters", () => {
  expect([...new LayerNorm(WIDTH).parameters()].map(([path, { shape }]) => [path, shape])).toEqual([
    ["gain", [WIDTH]],
    ["bias", [WIDTH]],
  ]);
  expect([...new LayerNorm(WIDTH, { bias: false }).parameters().keys()]).toEqual(["gain"]);
});

test("has the gradients that differences give", async () => {
  const norm = trained();
  const forward = (x: Tensor, gain: Tensor, bias: Tensor) =>
    Object.assign(norm, { gain, bias }).forward(x);
  await expectGradients(forward, [inputs(), tensor1d(GAIN), tensor1d(BIAS)]);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const norm = new LayerNorm(WIDTH);
  const x = zeros([2, WIDTH + 1]);
  await expectNoLeak(() => {
    expect(() => new LayerNorm(0)).toThrow(
      new RangeError("width: expected a whole number from 1, got 0"),
    );
    expect(() => new LayerNorm(2.5)).toThrow("width: expected a whole number from 1, got 2.5");
    expect(() => new LayerNorm(3, { eps: 0 })).toThrow(
      new RangeError("eps: expected a positive number, got 0"),
    );
    expect(() => new LayerNorm(3, { eps: Number.NaN })).toThrow(
      "eps: expected a positive number, got NaN",
    );
    expect(() => norm.forward(x)).toThrow("gain: expected [width=8], got [7]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const norm = new LayerNorm(WIDTH);
    norm.forward(x).dispose();
    norm.dispose();
    norm.dispose();
  });
});
