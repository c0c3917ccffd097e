import {
  grads,
  randomUniform,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import { activatedLinear, linear, linears } from "@tx/ops";
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -1, 1, "float32", seed);

/** The value, and the gradients of all inputs. */
function all(shape: number[], outputs: number, hasBias: boolean): Tensor[] {
  const f = (x: Tensor, kernel: Tensor, bias?: Tensor): Tensor =>
    linear(x, kernel as Tensor2D, bias as Tensor1D | undefined);
  const bias = hasBias ? [made([outputs], 7)] : [];
  const inputs = [made(shape, 3), made([shape.at(-1)!, outputs], 5), ...bias];
  const value = f(...(inputs as [Tensor, Tensor]));
  return [value, ...grads(f)(inputs, made(value.shape, 9))];
}

describe.each([true, false])("bias %s", (hasBias) => {
  test.each([
    [[1, 1], 1],
    [[3, 5], 7],
    [[1, 37], 50],
    [[2, 3, 65], 33],
    [[67, 9], 4],
    [[4, 1, 5, 31], 67],
    [[131, 66], 40],
    [[1025, 8], 34],
  ])("x of %j to %d outputs", (shape, outputs) =>
    expectAsOnCpu(() => all(shape, outputs, hasBias), {
      // Sums over a thousand rows cancel.
      atol: 5e-5,
    }),
  );

  test.each([
    [[0, 5], 7],
    [[2, 0, 5], 3],
  ])("no rows: %j to %d outputs", (shape, outputs) =>
    expectAsOnCpu(() => all(shape, outputs, hasBias)),
  );

  test("nothing outside is touched", () => expectInBounds(() => all([5, 7], 9, hasBias)));
});

describe.each(["relu", "gelu", "gelu-tanh", "silu"] as const)("activation %s", (activation) => {
  const body = (shape: number[], outputs: number) => () => {
    const f = (x: Tensor, kernel: Tensor, bias: Tensor, residual: Tensor): Tensor =>
      activatedLinear(x, kernel as Tensor2D, bias as Tensor1D, activation, { residual });
    const inputs = [made(shape, 3), made([shape.at(-1)!, outputs], 5), made([outputs], 7)];
    inputs.push(made([...shape.slice(0, -1), outputs], 11));
    const value = f(...(inputs as [Tensor, Tensor, Tensor, Tensor]));
    return [value, ...grads(f)(inputs, made(value.shape, 9))];
  };

  test.each([
    [[1, 37], 50],
    [[3, 5], 7],
    [[2, 3, 65], 33],
    [[67, 9], 4],
    [[131, 300], 43],
    [[0, 5], 7],
  ])("with a residual, x of %j to %d outputs", (shape, outputs) =>
    expectAsOnCpu(body(shape, outputs), { atol: 5e-5 }),
  );

  test("nothing outside is touched", () => expectInBounds(body([9, 5], 26)));
});

test.each([
  [[1, 37], 50],
  [[9, 300], 43],
])("a residual alone, x of %j to %d outputs", (shape, outputs) =>
  expectAsOnCpu(
    () => {
      const residual = made([shape[0]!, outputs], 11);
      return linear(made(shape, 3), made([shape[1]!, outputs], 5) as Tensor2D, undefined, {
        residual,
      });
    },
    { atol: 5e-5 },
  ),
);

test("several maps of one x", () =>
  expectAsOnCpu(() =>
    linears(made([2, 3, 37], 3), [
      { kernel: made([37, 50], 5) as Tensor2D, bias: made([50], 7) as Tensor1D },
      { kernel: made([37, 9], 9) as Tensor2D },
    ]),
  ));
