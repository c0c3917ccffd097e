import {
  randomNormal,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { linear } from "./linear";
import { linears } from "./linears";

const made = (shape: number[], seed: number) => randomNormal(shape, 0, 1, "float32", seed);
const x = () => made([2, 3, 5], 1);
const maps = () => [
  { kernel: made([5, 7], 2) as Tensor2D, bias: made([7], 3) as Tensor1D },
  { kernel: made([5, 4], 4) as Tensor2D },
  { kernel: made([5, 11], 5) as Tensor2D, bias: made([11], 6) as Tensor1D },
];

test("is each map for itself", async () => {
  const outputs = linears(x(), maps());
  expect(outputs.map(({ shape }) => shape.at(-1))).toEqual([7, 4, 11]);
  for (const [n, { kernel, bias }] of maps().entries()) {
    await expectClose(outputs[n]!, linear(x(), kernel, bias), { rtol: 0, atol: 0 });
  }
  await expectNoLeak(() => tidy(() => void linears(x(), maps())));
});

test("gradients go through it", async () => {
  const one = (x: Tensor, kernel: Tensor) => linears(x, [{ kernel: kernel as Tensor2D }])[0]!;
  await expectGradients(one, [x(), maps()[1]!.kernel]);
});

test("refuses maps that do not fit, and leaves nothing behind", async () => {
  const [input, good, bad] = [x(), made([5, 7], 2) as Tensor2D, made([4, 7], 2) as Tensor2D];
  await expectNoLeak(() => {
    tidy(() => {
      expect(() => linears(input, [{ kernel: good }, { kernel: bad }])).toThrow(
        "x: expected [..., inputs=4], got [2, 3, 5]",
      );
    });
  });
});
