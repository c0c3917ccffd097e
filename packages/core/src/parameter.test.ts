import {
  engine,
  getGradient,
  mul,
  square,
  sum,
  tensor,
  tidy,
  unregisterGradient,
  Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
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

test("whoever has one can differentiate, with tfjs-core alone", async () => {
  for (const kernel of ["Sum", "Square"]) if (getGradient(kernel)) unregisterGradient(kernel);
  const x = parameter([3], constant(1.5));
  const { grads } = variableGrads(() => sum(square(x)), [x]);
  await expectClose(grads[x.name]!, [3, 3, 3]);
});
