import {
  grads,
  ones,
  randomNormal,
  type Scalar,
  scalar,
  type Tensor,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { ScaleNorm, scaleNorm } from "./index";

const WIDTH = 5;

const inputs = () => randomNormal([2, 3, WIDTH], 0.5, 2, "float32", 7);

/** In float64, row by row. */
async function wanted(x: Tensor, g: number, eps = 1e-5) {
  const numbers = Array.from(await x.data());
  return numbers.map((number, i) => {
    const row = numbers.slice(i - (i % WIDTH), i - (i % WIDTH) + WIDTH);
    return (g * number) / Math.max(Math.hypot(...row), eps);
  });
}

test("gives each row the length g", async () => {
  const x = inputs();
  const y = scaleNorm(x, scalar(1.5));
  expect(y.shape).toEqual(x.shape);
  await expectClose(y, await wanted(x, 1.5));
  await expectClose(scaleNorm(x, scalar(1.5), 4), await wanted(x, 1.5, 4));
});

test("a new part has the length √width; a trained one its own", async () => {
  const norm = new ScaleNorm(WIDTH);
  const x = inputs();
  await expectClose(norm.forward(x), await wanted(x, Math.sqrt(WIDTH)));
  norm.g.assign(scalar(-2));
  await expectClose(norm.forward(x), await wanted(x, -2));
  expect([...norm.parameters()].map(([path, { shape }]) => [path, shape])).toEqual([["g", []]]);
});

test("is exact for large means and tiny rows", async () => {
  const x = tensor2d([
    [1000, 1001, 999.5, 1000.25, 998],
    [1e-4, -2e-4, 3e-4, 0, 1e-4],
    [1e-7, -2e-7, 3e-7, 0, 1e-7],
  ]);
  await expectClose(scaleNorm(x, scalar(2)), await wanted(x, 2));
});

test("has the gradients that differences give, for rows longer and shorter than eps", async () => {
  const f = (x: Tensor, g: Tensor) => scaleNorm(x, g as Scalar);
  await expectGradients(f, [inputs(), scalar(1.5)]);
  const short = (x: Tensor, g: Tensor) => scaleNorm(x, g as Scalar, 50);
  await expectGradients(short, [inputs(), scalar(1.5)]);
});

test("a row of zeros gives zeros, and the gradient g · dy / eps", async () => {
  const x = zeros([1, WIDTH]);
  await expectClose(scaleNorm(x, scalar(3)), Array(WIDTH).fill(0));
  const f = (x: Tensor, g: Tensor) => scaleNorm(x, g as Scalar, 0.5);
  const [dx, dg] = grads(f)([x, scalar(3)], ones([1, WIDTH]));
  await expectClose(dx!, Array(WIDTH).fill(6));
  await expectClose(dg!, [0]);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const norm = new ScaleNorm(WIDTH);
  const [x, wide, rows] = [zeros([2, WIDTH]), zeros([2, WIDTH + 1]), ones([WIDTH])];
  await expectNoLeak(() => {
    expect(() => new ScaleNorm(1.5)).toThrow(
      new RangeError("width: expected a whole number from 1, got 1.5"),
    );
    expect(() => new ScaleNorm(3, { eps: 0 })).toThrow("eps: expected a positive number, got 0");
    expect(() => norm.forward(wide)).toThrow("x: expected [..., 5], got [2, 6]");
    expect(() => scaleNorm(x, rows as Tensor as Scalar)).toThrow("g: expected [], got [5]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const norm = new ScaleNorm(WIDTH);
    norm.forward(x).dispose();
    norm.dispose();
  });
});
