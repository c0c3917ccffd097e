import { mul, relu, sigmoid, type Tensor, tensor, util, zeros } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { gelu } from "../gelu/gelu";
import { ShapeError } from "../shapes";
import { silu } from "../silu/silu";
import { gated } from "./gated";
import type { GateActivation } from "./reference";

/** Steps of 1/16 around 0, none of them within 1/32 of relu's kink. */
const made = (shape: number[], shift = 0) =>
  tensor(
    Array.from(
      { length: util.sizeFromShape(shape) },
      (_, n) => ((37 * (n + shift)) % 101) / 16 - 3 - 1 / 32,
    ),
    shape,
  );

const alone: Record<GateActivation, (x: Tensor) => Tensor> = {
  sigmoid: (x) => sigmoid(x),
  relu: (x) => relu(x),
  gelu: (x) => gelu(x, "erf"),
  "gelu-tanh": (x) => gelu(x, "tanh"),
  silu: (x) => silu(x),
};

describe.each(Object.entries(alone))("%s", (name, curve) => {
  const activation = name as GateActivation;

  test.each([[[7]], [[3, 5]], [[2, 3, 5]]])("of %j is activation(gate) · up", async (shape) => {
    const y = gated(made(shape), made(shape, 11), activation);
    await expectClose(y, mul(curve(made(shape)), made(shape, 11)));
  });

  test("gradients", async () => {
    const f = (gate: Tensor, up: Tensor) => gated(gate, up, activation);
    await expectGradients(f, [made([3, 5]), made([3, 5], 11)], { epsilon: 1 / 128 });
  });
});

test("no numbers give none", () => {
  expect(gated(zeros([0, 3]), zeros([0, 3]), "silu").shape).toEqual([0, 3]);
});

describe("refuses, and leaves nothing behind", () => {
  test("an unknown activation", async () => {
    const x = made([3]);
    const known = "sigmoid, relu, gelu, gelu-tanh, silu";
    await expectNoLeak(() => {
      for (const name of ["tanh", "constructor"]) {
        expect(() => gated(x, x, name as GateActivation)).toThrow(
          new RangeError(`activation: expected one of ${known}, got "${name}"`),
        );
      }
    });
  });

  test("another shape", async () => {
    const [gate, up] = [made([3, 5]), made([5])];
    await expectNoLeak(() => {
      expect(() => gated(gate, up as Tensor, "silu")).toThrow(
        new ShapeError("up: expected the shape of gate, [3, 5], got [5]"),
      );
    });
  });
});
