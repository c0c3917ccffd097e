import { mul, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type ActivationName, activationOf, activations, silu } from "./index";

const POINTS = [-6, -2.3, -1, -0.2, 0, 0.4, 1, 1.7, 5];

/** Abramowitz and Stegun 7.1.5: the series of erf, exact to rounding for |x| below 5. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 100; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

const references: Record<ActivationName, (x: number) => number> = {
  relu: (x) => Math.max(x, 0),
  "squared-relu": (x) => Math.max(x, 0) ** 2,
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  "gelu-tanh": (x) => (x / 2) * (1 + Math.tanh(inner(x))),
  silu: (x) => x / (1 + Math.exp(-x)),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
};

test.each(Object.entries(references))("%s is its formula, with its gradient", async (name, f) => {
  const activation = activationOf(name as ActivationName);
  await expectClose(activation(tensor1d(POINTS)), POINTS.map(f), { atol: 2e-6 });
  const smooth = tensor1d(POINTS.filter((x) => x !== 0));
  await expectGradients(activation, [smooth]);
});

test("every name has its formula here", () => {
  expect(Object.keys(activations)).toEqual(Object.keys(references));
});

test("takes a function as it is", () => {
  const double = <T extends Tensor>(x: T): T => mul(x, 2);
  expect(activationOf(double)).toBe(double);
  expect(activationOf("silu")).toBe(silu);
});

test.each(["swish", "constructor", ""])('refuses the unknown name "%s"', (name) => {
  expect(() => activationOf(name as ActivationName)).toThrow(
    new RangeError(
      `activation: expected one of relu, squared-relu, gelu, gelu-tanh, silu, mish, got "${name}"`,
    ),
  );
});

test("none leaves anything behind", async () => {
  const x = tensor1d(POINTS);
  await expectNoLeak(() => {
    for (const activation of Object.values(activations)) activation(x).dispose();
  });
});
