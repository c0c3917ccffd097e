import {
  grads,
  randomUniform,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { activatedLinear, type LinearActivation, linear, ShapeError } from "..";
import { feedForward } from "./feed-forward";

const made = <T extends Tensor>(shape: number[], seed: number) =>
  randomUniform(shape, -1, 1, "float32", seed) as T;

const mapOf = (inputs: number, outputs: number, seed: number, bias: boolean) => ({
  kernel: made<Tensor2D>([inputs, outputs], seed),
  ...(bias ? { bias: made<Tensor1D>([outputs], seed + 1) } : {}),
});

describe.each(["linear", "relu", "gelu", "gelu-tanh", "silu"] as const)("%s", (activation) => {
  test.each([
    [[5], true, true],
    [[1, 1, 5], false, true],
    [[2, 3, 5], true, false],
    [[0, 5], true, true],
  ])("x of %j, bias %s, residual %s: bit for bit the two maps", async (shape, bias, adds) => {
    const x = made<Tensor>(shape, 3);
    const [expand, contract] = [mapOf(5, 7, 11, bias), mapOf(7, 3, 13, bias)];
    const residual = adds ? made<Tensor>([...shape.slice(0, -1), 3], 17) : undefined;
    const inner = activatedLinear(x, expand.kernel, expand.bias, activation);
    const wanted = linear(inner, contract.kernel, contract.bias, { residual });
    const got = feedForward(x, expand, contract, { activation, residual });
    expect(got.shape).toEqual(wanted.shape);
    expect(await got.data()).toEqual(await wanted.data());
  });
});

test("gradients are those of the two maps", async () => {
  const inputs = [made([2, 5], 3), made([5, 7], 5), made([7, 3], 7), made([2, 3], 9)];
  const both = (x: Tensor, first: Tensor, second: Tensor, residual: Tensor) => {
    const inner = activatedLinear(x, first as Tensor2D, undefined, "gelu");
    return linear(inner, second as Tensor2D, undefined, { residual });
  };
  const one = (x: Tensor, first: Tensor, second: Tensor, residual: Tensor) => {
    const [expand, contract] = [{ kernel: first as Tensor2D }, { kernel: second as Tensor2D }];
    return feedForward(x, expand, contract, { activation: "gelu", residual });
  };
  const wanted = grads(both as (...xs: Tensor[]) => Tensor)(inputs);
  for (const [n, got] of grads(one as (...xs: Tensor[]) => Tensor)(inputs).entries()) {
    await expectClose(got, wanted[n]!);
  }
});

test("leaves nothing behind", async () => {
  const [x, expand, contract] = [made([2, 5], 3), mapOf(5, 7, 11, true), mapOf(7, 3, 13, true)];
  await expectNoLeak(() => feedForward(x, expand, contract, { activation: "relu" }).dispose());
});

test("says what does not fit", () => {
  const [x, expand, contract] = [made([2, 5], 3), mapOf(5, 7, 11, true), mapOf(7, 3, 13, true)];
  expect(() => feedForward(made([2, 4], 3), expand, contract)).toThrow(
    new ShapeError("x: expected [..., inputs=5], got [2, 4]"),
  );
  expect(() => feedForward(x, expand, mapOf(8, 3, 13, true))).toThrow(
    new ShapeError("x: expected [..., inputs=8], got [2, 7]"),
  );
  expect(() => feedForward(x, expand, contract, { residual: made([2, 4], 3) })).toThrow(
    new ShapeError("residual: expected [2, 3], got [2, 4]"),
  );
  const activation = "sine" as LinearActivation;
  expect(() => feedForward(x, expand, contract, { activation })).toThrow("activation: expected");
});
