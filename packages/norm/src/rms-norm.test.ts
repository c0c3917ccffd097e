import { randomNormal, type Tensor, tensor1d, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { RMSNorm, rmsNorm } from "./index";

const WIDTH = 7;
const GAIN = [0.5, -1, 2, 0.25, 1.5, -0.75, 1];

const inputs = () => randomNormal([2, 3, WIDTH], 0.5, 2, "float32", 11);

function trained(eps?: number): RMSNorm {
  const norm = new RMSNorm(WIDTH, eps === undefined ? {} : { eps });
  norm.gain.assign(tensor1d(GAIN));
  return norm;
}

/** In float64, row by row. */
async function wanted(x: Tensor, eps = 1e-6, gain = GAIN) {
  const numbers = Array.from(await x.data());
  return numbers.map((number, i) => {
    const row = numbers.slice(i - (i % WIDTH), i - (i % WIDTH) + WIDTH);
    const square = row.reduce((sum, entry) => sum + entry ** 2, 0) / WIDTH;
    return (number / Math.sqrt(square + eps)) * gain[i % WIDTH]!;
  });
}

test("divides each row by its root mean square, then applies the gain", async () => {
  const x = inputs();
  const y = trained().forward(x);
  expect(y.shape).toEqual(x.shape);
  await expectClose(y, await wanted(x));
  await expectClose(trained(0.5).forward(x), await wanted(x, 0.5));
  await expectClose(y, rmsNorm(x, tensor1d(GAIN)), { rtol: 0, atol: 0 });
  await expectClose(new RMSNorm(WIDTH).forward(x), await wanted(x, 1e-6, Array(WIDTH).fill(1)));
});

test("is exact for large means, tiny rows and zeros", async () => {
  const x = tensor2d([
    [1000, 1001, 999.5, 1000.25, 998, 1002, 1000],
    [1e-4, -2e-4, 3e-4, 0, 1e-4, 1e-5, -1e-4],
    [1e4, 3e4, -2e4, 1e4, 5e3, -1e4, 2e4],
    Array(WIDTH).fill(0),
  ]);
  await expectClose(trained().forward(x), await wanted(x));
  await expectClose(trained().forward(zeros([2, WIDTH])), Array(2 * WIDTH).fill(0));
});

test("has the gradients that differences give", async () => {
  const norm = trained();
  const forward = (x: Tensor, gain: Tensor) => Object.assign(norm, { gain }).forward(x);
  await expectGradients(forward, [inputs(), tensor1d(GAIN)]);
});

test("has one parameter", () => {
  const [path, { shape }] = [...new RMSNorm(WIDTH).parameters()][0]!;
  expect([path, shape]).toEqual(["gain", [WIDTH]]);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const norm = new RMSNorm(WIDTH);
  const x = zeros([2, WIDTH + 1]);
  await expectNoLeak(() => {
    expect(() => new RMSNorm(0)).toThrow(
      new RangeError("width: expected a whole number from 1, got 0"),
    );
    expect(() => new RMSNorm(3, { eps: -1 })).toThrow(
      new RangeError("eps: expected a positive number, got -1"),
    );
    expect(() => norm.forward(x)).toThrow("gain: expected [width=8], got [7]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const norm = new RMSNorm(WIDTH);
    norm.forward(x).dispose();
    norm.dispose();
  });
});
