import {
  grad,
  grads,
  ones,
  randomUniform,
  type Tensor,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { type GateActivation, gated, gelu, silu } from "@tx/ops";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -6, 6, "float32", seed);

/** The value, and the gradients of all inputs. */
function all(f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor[] {
  const value = f(...inputs);
  return [value, ...grads(f)(inputs, randomUniform(value.shape, -2, 2, "float32", 9))];
}

const extremes = [1e4, 1e3, 90, 20, 13, 5, 1e-3, 1e-20, 0].flatMap((x) => [x, -x]);

const alone: Record<string, [(x: Tensor) => Tensor, string]> = {
  "gelu erf": [(x) => gelu(x, "erf"), "TxGelu"],
  "gelu tanh": [(x) => gelu(x, "tanh"), "TxGelu"],
  silu: [(x) => silu(x), "TxSilu"],
};

describe.each(Object.entries(alone))("%s", (_, [f, name]) => {
  const ran = [name, `${name}Grad`];

  test.each([[[]], [[1]], [[3]], [[2, 3]], [[255]], [[256]], [[257]], [[3, 211]]])(
    "shape %j",
    (shape) => expectAsOnCpu(() => all(f, made(shape, 3)), ran, { atol: 5e-6 }),
  );

  test("extremes", () => expectAsOnCpu(() => all(f, tensor(extremes)), ran, { atol: 2e-6 }));

  test("NaN stays NaN", async () => {
    const [value, slope] = all(f, tensor([Number.NaN]));
    expect([...(await value!.data()), ...(await slope!.data())]).toEqual([Number.NaN, Number.NaN]);
  });

  test("none: the reference", () => expectAsOnCpu(() => all(f, zeros([0, 3])), []));
});

describe.each(["sigmoid", "relu", "gelu", "gelu-tanh", "silu"] as const)(
  "gated %s",
  (activation) => {
    const f = (gate: Tensor, up: Tensor) => gated(gate, up, activation as GateActivation);
    const ran = ["TxGated", "TxGatedGrad"];

    test.each([[[]], [[3]], [[2, 3]], [[257]], [[3, 211]]])("shape %j", (shape) =>
      expectAsOnCpu(() => all(f, made(shape, 3), made(shape, 5)), ran, { atol: 1e-5 }),
    );

    test("extremes", () =>
      expectAsOnCpu(() => all(f, tensor(extremes), made([extremes.length], 5)), ran, {
        atol: 1e-5,
      }));

    test("none: the reference", () =>
      expectAsOnCpu(() => all(f, zeros([0, 3]), zeros([0, 3])), []));
  },
);

/** Φ(x) in double precision: a series near 0, a continued fraction far out. */
function normal(x: number): number {
  const a = Math.abs(x);
  const density = Math.exp((-a * a) / 2) / Math.sqrt(2 * Math.PI);
  let tail: number;
  if (a < 3) {
    let [term, sum] = [a, a];
    for (let n = 1; n < 60; n++) {
      term *= (a * a) / (2 * n + 1);
      sum += term;
    }
    tail = 0.5 - density * sum;
  } else {
    let fraction = a;
    for (let n = 200; n > 0; n--) fraction = a + n / fraction;
    tail = density / fraction;
  }
  return x < 0 ? tail : 1 - tail;
}

test("gelu is right to its last digits", async () => {
  const x = Array.from({ length: 801 }, (_, n) => n / 64 - 6.25);
  const wanted = x.map((x) => x * normal(x));
  await expectClose(gelu(tensor(x)), wanted, { rtol: 2e-6, atol: 3e-7 });
  const slopes = x.map((x) => normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI));
  await expectClose(grad((x) => gelu(x))(tensor(x), ones([x.length])), slopes, { atol: 5e-7 });
  expect(x.length).toBe(801);
});
