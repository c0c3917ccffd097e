import {
  engine,
  fill,
  getBackend,
  mul,
  registerGradient,
  registerKernel,
  type Scalar,
  square,
  sum,
  type Tensor,
  tensor1d,
  topk,
  unregisterGradient,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expect, test } from "vitest";
import { valueAndGradients } from "./index";
import { expectNothingLeft } from "./testing/expect-nothing-left";
import { operation } from "./testing/operation";

const vector = () => parameter([3], () => tensor1d([1, -2, 3]));

test("refuses a gradient that is missing or wrong, and leaves nothing behind", async () => {
  const x = vector();
  const parameters = new Map([["x", x]]);
  const wrong = (gradient: (dy: Tensor) => unknown) =>
    operation((x) => mul(square(x), 2), gradient as (dy: Tensor) => Tensor);
  const refuses = (loss: () => Tensor, message: string) =>
    expectNothingLeft(() => {
      expect(() => valueAndGradients(() => sum(loss()) as Scalar, parameters)).toThrow(message);
    });
  await refuses(
    () => square(wrong((dy) => sum(dy))(square(x))),
    "for input 0: expected [3], got []",
  );
  await refuses(
    () => wrong(() => fill([3], 1, "int32"))(x),
    "for input 0: expected float32, got int32",
  );
  await refuses(() => wrong((dy) => [dy, dy])(x), "the same number of tensors as inputs");
  await refuses(() => wrong(() => undefined)(x), "a list of only tensors");
  await refuses(
    () => topk(square(x), 2).values,
    "Cannot compute gradient: gradient function not found for TopK.",
  );
  const failing = () => {
    throw new Error("memory: expected room, got none");
  };
  await refuses(() => square(wrong(failing)(square(x))), "memory: expected room, got none");
  expect(x.isDisposed).toBe(false);
});

test("refuses a kernel's gradient that leaves an input out", async () => {
  const kernelName = "TxTestTwice";
  registerKernel({
    kernelName,
    backendName: getBackend(),
    kernelFunc: ({ inputs }) => mul(inputs.x as Tensor, 2),
  });
  const x = vector();
  const twice = () => sum(engine().runKernel<Tensor>(kernelName, { x })) as Scalar;
  const refuses = (gradFunc: () => object, message: string) =>
    expectNothingLeft(() => {
      registerGradient({ kernelName, inputsToSave: ["x"], gradFunc: gradFunc as never });
      try {
        expect(() => valueAndGradients(twice, new Map([["x", x]]))).toThrow(message);
      } finally {
        unregisterGradient(kernelName);
      }
    });
  try {
    await refuses(() => ({ y: () => x }), "TxTestTwice: expected one for input x, got y");
    await refuses(() => ({ x: () => 3 }), "TxTestTwice for input x: expected a tensor, got number");
  } finally {
    unregisterKernel(kernelName, getBackend());
  }
});
