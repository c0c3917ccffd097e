import {
  dispose,
  engine,
  getGradient,
  mul,
  registerGradient,
  square,
  sum,
  tensor,
  tidy,
  unregisterGradient,
  Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { constant, ones } from "./initializers";
import { parameter } from "./parameter";

test("is a trainable variable of the initial values", async () => {
  const shapes: number[][] = [];
  const made = parameter([2, 3], (shape) => {
    shapes.push(shape);
    return constant(0.5)(shape);
  });
  expect(made).toBeInstanceOf(Variable);
  expect([made.shape, made.dtype, made.trainable]).toEqual([[2, 3], "float32", true]);
  expect(shapes).toEqual([[2, 3]]);
  await expectClose(made, Array(6).fill(0.5));
});

test("keeps no tensor beside itself", () =>
  expectNoLeak(() => parameter([2, 3], (shape) => mul(ones(shape), 3)).dispose()));

test("outlives the tidy that it is made in", async () => {
  const made = tidy(() => {
    const inside = parameter([2], ones);
    return { inside };
  }).inside;
  expect(made.isDisposed).toBe(false);
  await expectClose(made, [1, 1]);
});

test("an initializer that throws leaves nothing behind", () =>
  expectNoLeak(() => {
    const variables = Object.keys(engine().state.registeredVariables).length;
    const init = () => {
      tensor([1, 2]);
      throw new Error("no numbers today");
    };
    expect(() => parameter([2], init)).toThrow(new Error("no numbers today"));
    expect(Object.keys(engine().state.registeredVariables)).toHaveLength(variables);
  }));

test("with tfjs-core alone says what to call for gradients, which then are there", async () => {
  const known = ["Add", "Mean", "Reshape", "Sum", "Square"].map((name) => getGradient(name));
  for (const { kernelName } of known) unregisterGradient(kernelName);
  const x = parameter([3], constant(1.5));
  const gradient = () => variableGrads(() => sum(square(x)), [x]);
  await expectNoLeak(() =>
    expect(() => tidy(() => gradient().value)).toThrow(
      new Error(
        "gradients: expected those of TensorFlow.js, got none; call registerGradients() of @tx/core",
      ),
    ),
  );
  registerGradients();
  const { value, grads } = gradient();
  await expectClose(grads[x.name]!, [3, 3, 3]);
  dispose([x, value, grads]);
});

test("leaves gradients of another origin", () => {
  const known = getGradient("Sum");
  const foreign = { kernelName: "Sum", gradFunc: () => ({}) };
  registerGradient(foreign);
  parameter([1], ones).dispose();
  registerGradients();
  expect(getGradient("Sum")).toBe(foreign);
  registerGradient(known);
});
