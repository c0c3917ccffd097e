import {
  add,
  grad,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  tidy,
  util,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { gateActivations } from "../gated/reference";
import { ShapeError } from "../shapes";
import { activatedLinear, type LinearActivation } from "./activated-linear";
import { linear } from "./linear";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor(numbers(shape, shift), shape);

const [inputs, outputs] = [5, 7];
const kernel = () => made([inputs, outputs], 11) as Tensor2D;
const bias = () => made([outputs], 23) as Tensor1D;

function plainLinear(x: number[], kernel: number[], bias: number[]): number[] {
  return Array.from({ length: (x.length / inputs) * outputs }, (_, n) => {
    const [row, column] = [Math.floor(n / outputs), n % outputs];
    let sum = bias[column]!;
    for (let i = 0; i < inputs; i++) sum += x[row * inputs + i]! * kernel[i * outputs + column]!;
    return sum;
  });
}

describe.each([[[5]], [[3, 5]], [[2, 3, 5]], [[2, 1, 3, 5]]])("x of %j", (shape) => {
  test("numbers, with a bias and without", async () => {
    const y = linear(made(shape), kernel(), bias());
    expect(y.shape).toEqual([...shape.slice(0, -1), outputs]);
    const [k, b] = [numbers([inputs, outputs], 11), numbers([outputs], 23)];
    await expectClose(y, plainLinear(numbers(shape), k, b));
    await expectClose(
      linear(made(shape), kernel()),
      plainLinear(numbers(shape), k, Array(outputs).fill(0)),
    );
  });

  test("gradients, with a bias and without", async () => {
    const f = (x: Tensor, k: Tensor, b: Tensor) => linear(x, k as Tensor2D, b as Tensor1D);
    await expectGradients(f, [made(shape), kernel(), bias()]);
    await expectGradients((x, k) => linear(x, k as Tensor2D), [made(shape), kernel()]);
  });
});

describe.each<LinearActivation>(["linear", "relu", "gelu", "gelu-tanh", "silu"])(
  "with activation %s",
  (activation) => {
    const active = (x: Tensor) =>
      activation === "linear" ? x : gateActivations[activation].value(x);

    test("numbers, with a residual and without", async () => {
      const x = made([2, 3, 5]);
      const wanted = active(linear(x, kernel(), bias()));
      await expectClose(activatedLinear(x, kernel(), bias(), activation), wanted);
      const residual = made([2, 3, outputs], 31);
      await expectClose(
        activatedLinear(x, kernel(), bias(), activation, { residual }),
        add(wanted, residual),
      );
      await expectClose(
        activatedLinear(x, kernel(), undefined, activation, { residual }),
        add(active(linear(x, kernel())), residual),
      );
    });

    test("gradients, with a bias and without", async () => {
      const f = (x: Tensor, k: Tensor, residual: Tensor, b?: Tensor) =>
        activatedLinear(x, k as Tensor2D, b as Tensor1D | undefined, activation, { residual });
      // No sum is near 0 for these, where relu has no derivative.
      const tensors = [made([2, 3, 5], 59), kernel(), made([2, 3, outputs], 31)] as const;
      await expectGradients(f, [...tensors, bias()]);
      await expectGradients(f, [...tensors]);
    });

    test("the gradient is the same beside the value and alone, and leaves nothing", async () => {
      const f = (x: Tensor) => activatedLinear(x, kernel(), bias(), activation, { residual: x });
      const square = made([3, 5]);
      const narrow = (x: Tensor) =>
        activatedLinear(x, made([5, 5], 3) as Tensor2D, undefined, activation, { residual: x });
      await expectGradients(narrow, [square]);
      await expectNoLeak(() => tidy(() => void grad(narrow)(square)));
      expect(() => f(square)).toThrow("residual: expected [3, 7], got [3, 5]");
    });
  },
);

test("refuses an activation that it does not know", () => {
  expect(() => activatedLinear(made([3, 5]), kernel(), bias(), "cube" as LinearActivation)).toThrow(
    new RangeError('activation: expected one of linear, relu, gelu, gelu-tanh, silu, got "cube"'),
  );
});

test("a batch of no rows gives no rows", () => {
  expect(linear(zeros([0, inputs]), kernel(), bias()).shape).toEqual([0, outputs]);
});

test("takes variables as they are, and again once they have changed", async () => {
  const k = variable(zeros([inputs, outputs])) as Tensor as Tensor2D;
  const x = made([3, inputs]);
  await expectClose(linear(x, k), Array(3 * outputs).fill(0));
  (k as Tensor as ReturnType<typeof variable>).assign(kernel());
  await expectClose(linear(x, k), linear(x, kernel()));
});

test.each([
  ["x", [2, 4], [5, 7], [7], "x: expected [..., inputs=5], got [2, 4]"],
  ["x", [], [5, 7], [7], "x: expected [..., inputs=5], got []"],
  ["kernel", [2, 5], [5], [7], "kernel: expected [inputs, outputs], got [5]"],
  ["bias", [2, 5], [5, 7], [5], "bias: expected [outputs=7], got [5]"],
])("refuses %s of another size, and leaves nothing behind", async (_, x, k, b, message) => {
  const tensors = [zeros(x), zeros(k), zeros(b)] as const;
  await expectNoLeak(() => {
    const call = () => linear(tensors[0], tensors[1] as Tensor2D, tensors[2] as Tensor1D);
    expect(call).toThrow(new ShapeError(message));
  });
});
