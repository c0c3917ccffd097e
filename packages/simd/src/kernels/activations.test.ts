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
import { describe, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const made = (shape: number[], seed: number) => randomUniform(shape, -6, 6, "float32", seed);
/** The value, and the gradients of all inputs. */
function all(f: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor[] {
  const value = f(...inputs);
  return [value, ...grads(f)(inputs, randomUniform(value.shape, -2, 2, "float32", 9))];
}

const extremes = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  ...[1e4, 1e3, 90, 20, 13, 5, 1e-3, 1e-20, 0].flatMap((x) => [x, -x]),
];

const alone: Record<string, (x: Tensor) => Tensor> = {
  "gelu erf": (x) => gelu(x, "erf"),
  "gelu tanh": (x) => gelu(x, "tanh"),
  silu: (x) => silu(x),
};

describe.each(Object.entries(alone))("%s", (_, f) => {
  test.each([[[]], [[1]], [[3]], [[2, 3]], [[1, 7]], [[67]], [[5, 41]], [[1023]], [[3, 1111]]])(
    "shape %j",
    (shape) => expectAsOnCpu(() => all(f, made(shape, 3)), { atol: 3e-6 }),
  );

  test("extremes, NaN and infinity as the formula has them", () =>
    expectAsOnCpu(() => all(f, tensor(extremes))));

  test("none", () => expectAsOnCpu(() => all(f, zeros([0, 3]))));

  test("nothing outside is touched", () => expectInBounds(() => all(f, made([13], 3))));
});

describe.each(["sigmoid", "relu", "gelu", "gelu-tanh", "silu"] as const)(
  "gated %s",
  (activation) => {
    const f = (gate: Tensor, up: Tensor) => gated(gate, up, activation as GateActivation);

    test.each([[[]], [[3]], [[2, 3]], [[67]], [[5, 41]], [[3, 1111]]])("shape %j", (shape) =>
      expectAsOnCpu(() => all(f, made(shape, 3), made(shape, 5)), { atol: 1e-5 }),
    );

    test("extremes, NaN and infinity as the formula has them", async () => {
      const shape = [extremes.length];
      await expectAsOnCpu(() => all(f, tensor(extremes), made(shape, 5)), { atol: 2e-6 });
      await expectAsOnCpu(() => all(f, made(shape, 5), tensor(extremes)), { atol: 1e-2 });
    });

    test("none", () => expectAsOnCpu(() => all(f, zeros([0, 3]), zeros([0, 3]))));

    test("nothing outside is touched", () =>
      expectInBounds(() => all(f, made([13], 3), made([13], 5))));
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

test("gelu is right to its last digits, in the tail too", async () => {
  const x = Array.from({ length: 1601 }, (_, n) => n / 64 - 12.5);
  const wanted = x.map((x) => x * normal(x));
  await expectClose(gelu(tensor(x)), wanted, { rtol: 1e-5, atol: 1e-37 });
  const slopes = x.map((x) => normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI));
  await expectClose(grad((x) => gelu(x))(tensor(x), ones([x.length])), slopes, { atol: 3e-7 });
});
