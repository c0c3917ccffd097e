import {
  dispose,
  mul,
  type Scalar,
  scalar,
  square,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  type Variable,
} from "@tensorflow/tfjs-core";
import { parameter, ShapeError } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { disposeGradients, valueAndGradients } from "./index";

const KERNEL = [0.5, -1, 2, 0.25, 1.5, -0.75];
const BIAS = [3, -2, 1];

const parametersOf = () =>
  new Map<string, Variable>([
    ["part.kernel", parameter([2, 3], () => tensor2d(KERNEL, [2, 3]))],
    ["part.bias", parameter([3], () => tensor1d(BIAS))],
    ["unused", parameter([1], () => tensor1d([7]))],
  ]);
/** Σ kernel² · bias */
const lossOf = (parameters: Map<string, Variable>) => () => {
  const [kernel, bias] = [parameters.get("part.kernel"), parameters.get("part.bias")] as Tensor[];
  return sum(mul(square(kernel!), bias!)) as Scalar;
};

test("gives the loss, and the gradients by path", async () => {
  const parameters = parametersOf();
  const { value, gradients } = valueAndGradients(lossOf(parameters), parameters);
  const weights = KERNEL.map((_, i) => BIAS[i % 3]!);
  await expectClose(value, [KERNEL.reduce((total, x, i) => total + x * x * weights[i]!, 0)]);
  expect([...gradients.keys()]).toEqual(["part.kernel", "part.bias"]);
  const [kernel, bias] = [...gradients.values()];
  expect(kernel?.shape).toEqual([2, 3]);
  await expectClose(
    kernel!,
    KERNEL.map((x, i) => 2 * x * weights[i]!),
  );
  await expectClose(
    bias!,
    [0, 1, 2].map((i) => KERNEL[i]! ** 2 + KERNEL[i + 3]! ** 2),
  );
});

test("asks for the given parameters only", () => {
  const parameters = parametersOf();
  const bias = new Map([["bias", parameters.get("part.bias")!]]);
  const { gradients } = valueAndGradients(lossOf(parameters), bias);
  expect([...gradients.keys()]).toEqual(["bias"]);
});

test("leaves out what is not to be trained", () => {
  const parameters = parametersOf();
  parameters.get("part.bias")!.trainable = false;
  const { gradients } = valueAndGradients(lossOf(parameters), parameters);
  expect([...gradients.keys()]).toEqual(["part.kernel"]);
  const bias = new Map([["bias", parameters.get("part.bias")!]]);
  expect(() => valueAndGradients(lossOf(parameters), bias)).toThrow(
    new RangeError("parameters: expected at least one that is trainable, got none"),
  );
});

test("leaves value and gradients only, not what the loss made on the way", async () => {
  const parameters = parametersOf();
  await expectNoLeak(() => {
    const { value, gradients } = valueAndGradients(lossOf(parameters), parameters);
    value.dispose();
    disposeGradients(gradients);
  });
});

test("refuses what has no gradient, and leaves nothing behind", async () => {
  const parameters = parametersOf();
  const kernel = parameters.get("part.kernel") as Tensor;
  const unused = new Map([["unused", parameters.get("unused")!]]);
  const ofWholeNumbers = scalar(1, "int32");
  await expectNoLeak(() => {
    expect(() => valueAndGradients(lossOf(parameters), new Map())).toThrow(
      new RangeError("parameters: expected at least one, got none"),
    );
    expect(() => valueAndGradients(lossOf(parameters), unused)).toThrow(
      "Cannot find a connection between any variable and the result of the loss function y=f(x).",
    );
    expect(() => valueAndGradients(() => square(kernel) as Scalar, parameters)).toThrow(
      new ShapeError("loss: expected a scalar, got [2, 3]"),
    );
    expect(() => valueAndGradients(() => ofWholeNumbers, parameters)).toThrow(
      new RangeError("loss: expected float32, got int32"),
    );
    expect(() => valueAndGradients(() => 1 as unknown as Scalar, parameters)).toThrow(
      new RangeError("loss: expected a scalar tensor, got number"),
    );
  });
});

test("a loss that throws leaves nothing behind, and the next one works", async () => {
  const parameters = parametersOf();
  const loss = lossOf(parameters);
  const failing = () => {
    square(loss());
    throw new Error("data: expected more, got none");
  };
  await expectNoLeak(() => {
    expect(() => valueAndGradients(failing, parameters)).toThrow("data: expected more, got none");
    const { value, gradients } = valueAndGradients(loss, parameters);
    dispose([value, ...gradients.values()]);
  });
});
