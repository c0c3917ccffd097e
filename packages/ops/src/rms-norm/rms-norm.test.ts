import { grads, type Tensor, type Tensor1D, tensor, util, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { rmsNorm } from "./rms-norm";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor(numbers(shape, shift), shape);

const width = 7;
const gain = () => made([width], 5) as Tensor1D;

function plainRmsNorm(x: number[], gain?: number[], eps = 1e-6): number[] {
  return x.map((value, n) => {
    const row = x.slice(n - (n % width), n - (n % width) + width);
    const square = row.reduce((sum, entry) => sum + entry ** 2, 0) / width;
    return (value / Math.sqrt(square + eps)) * (gain?.[n % width] ?? 1);
  });
}

describe.each([[[7]], [[3, 7]], [[2, 3, 7]]])("x of %j", (shape) => {
  const [x, g] = [numbers(shape), numbers([width], 5)];

  test("numbers: plain, with a gain, with another eps", async () => {
    const plain = rmsNorm(made(shape));
    expect(plain.shape).toEqual(shape);
    await expectClose(plain, plainRmsNorm(x));
    await expectClose(rmsNorm(made(shape), gain()), plainRmsNorm(x, g));
    await expectClose(rmsNorm(made(shape), gain(), 0.5), plainRmsNorm(x, g, 0.5));
  });

  test("gradients: plain, with a gain", async () => {
    const f = (x: Tensor, gain?: Tensor) => rmsNorm(x, gain as Tensor1D | undefined);
    await expectGradients((x) => f(x), [made(shape)]);
    await expectGradients((x, g) => f(x, g), [made(shape), gain()]);
  });
});

test("zeros give zeros, and a gradient of dy · gain / √eps", async () => {
  const eps = 1 / 1024;
  const f = (x: Tensor, g: Tensor) => rmsNorm(x, g as Tensor1D, eps);
  await expectClose(f(zeros([2, width]), gain()), Array(2 * width).fill(0));
  const dy = made([2, width], 3);
  const [dx, dGain] = grads(f)([zeros([2, width]), gain()], dy);
  const wanted = numbers([2, width], 3).map((d, n) => d * numbers([width], 5)[n % width]! * 32);
  await expectClose(dx!, wanted);
  await expectClose(dGain!, Array(width).fill(0));
});

test("tiny entries are held up by eps, large ones come to size one", async () => {
  const tiny = numbers([2, width]).map((entry) => Math.fround(entry * 1e-6));
  await expectClose(rmsNorm(tensor(tiny, [2, width])), plainRmsNorm(tiny));
  const large = numbers([2, width]).map((entry) => entry * 2 ** 40);
  await expectClose(rmsNorm(tensor(large, [2, width])), plainRmsNorm(large));
});

test("no rows give no rows", () => {
  expect(rmsNorm(zeros([0, width]), gain()).shape).toEqual([0, width]);
});

describe("refuses, and leaves nothing behind", () => {
  test.each<[string, number[], number[] | undefined, number, Error]>([
    ["eps 0", [7], undefined, 0, new RangeError("eps: expected a positive number, got 0")],
    ["eps NaN", [7], undefined, NaN, new RangeError("eps: expected a positive number, got NaN")],
    ["a scalar", [], undefined, 1e-6, new ShapeError("x: expected [..., width], got []")],
    ["a short gain", [2, 7], [6], 1e-6, new ShapeError("gain: expected [width=7], got [6]")],
    ["rows of gain", [2, 7], [2, 7], 1e-6, new ShapeError("gain: expected [width=7], got [2, 7]")],
  ])("%s", async (_, x, gain, eps, error) => {
    const input: Tensor = zeros(x);
    const g = gain && (zeros(gain as [number]) as Tensor1D);
    await expectNoLeak(() => expect(() => rmsNorm(input, g, eps)).toThrow(error));
  });
});
