import {
  add,
  mul,
  randomNormal,
  type Tensor,
  type Tensor1D,
  tensor1d,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { deepNorm, deepNormCoefficients, layerNorm } from "./index";

const GAIN = [0.5, -1, 2, 0.25, 1.5];
const BIAS = [0.1, 0, -0.3, 0.7, -1];

const streams = () => [1, 2].map((seed) => randomNormal([2, 3, 5], 0.5, 2, "float32", seed));

test("normalises alpha · x + output", async () => {
  const [x, output] = streams() as [Tensor, Tensor];
  const [gain, bias] = [tensor1d(GAIN), tensor1d(BIAS)];
  const wanted = layerNorm(add(mul(x, 2.5), output), gain, bias, 0.1);
  await expectClose(deepNorm(x, output, { alpha: 2.5, gain, bias, eps: 0.1 }), wanted);
  await expectClose(deepNorm(x, output, { alpha: 1 }), layerNorm(add(x, output)));
});

test("has the gradients that differences give", async () => {
  const [x, output] = streams() as [Tensor, Tensor];
  const f = (x: Tensor, output: Tensor, gain: Tensor, bias: Tensor) =>
    deepNorm(x, output, { alpha: 1.7, gain: gain as Tensor1D, bias: bias as Tensor1D });
  await expectGradients(f, [x, output, tensor1d(GAIN), tensor1d(BIAS)]);
});

test("coefficients of an encoder, a decoder and both", () => {
  expect(deepNormCoefficients({ encoder: 8 })).toEqual({
    encoder: { alpha: 2, beta: 64 ** -0.25 },
  });
  expect(deepNormCoefficients({ decoder: 2 })).toEqual({
    decoder: { alpha: 4 ** 0.25, beta: 0.5 },
  });
  const both = deepNormCoefficients({ encoder: 16, decoder: 27 });
  expect(both.encoder.alpha).toBeCloseTo(0.81 * 2 * 27 ** (1 / 16), 12);
  expect(both.encoder.beta).toBeCloseTo(0.87 / (2 * 27 ** (1 / 16)), 12);
  expect(both.decoder).toEqual({ alpha: 3, beta: (12 * 27) ** -0.25 });
});

test("coefficients of very deep models stay numbers", () => {
  const { encoder } = deepNormCoefficients({ encoder: 1e6, decoder: 1e6 });
  expect(encoder.alpha).toBeCloseTo(0.81 * 1e6 ** (5 / 16), 9);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const [x, narrow, bias] = [zeros([2, 5]), zeros([2, 4]), tensor1d(BIAS)];
  await expectNoLeak(() => {
    expect(() => deepNormCoefficients({})).toThrow(
      new RangeError("layers: expected encoder, decoder or both, got neither"),
    );
    expect(() => deepNormCoefficients({ encoder: 0, decoder: 3 })).toThrow(
      "encoder: expected a whole number from 1, got 0",
    );
    expect(() => deepNormCoefficients({ decoder: 1.5 })).toThrow(
      "decoder: expected a whole number",
    );
    expect(() => deepNorm(x, x, { alpha: 0 })).toThrow(
      new RangeError("alpha: expected a positive number, got 0"),
    );
    expect(() => deepNorm(x, narrow, { alpha: 1 })).toThrow(
      "output: expected the shape of x, [2, 5], got [2, 4]",
    );
    expect(() => deepNorm(x, x, { alpha: 1, bias })).toThrow(
      "bias: expected a gain beside it, got none",
    );
  });
  await expectNoLeak(() => deepNorm(x, x, { alpha: 2 }).dispose());
});
