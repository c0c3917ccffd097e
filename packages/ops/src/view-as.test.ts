import { getBackend, grad, mul, sum, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { registerGradients, ShapeError, viewAs } from ".";

const made = () => tensor([1, 2, 3, 4, 5, 6], [2, 3]);

test("the same numbers in another shape, which outlive the first", async () => {
  const x = made();
  const view = viewAs(x, [3, 1, 2]);
  expect(view.shape).toEqual([3, 1, 2]);
  // TensorFlow's library keeps the shape with the numbers, so there the view has data of its own.
  expect(view.dataId === x.dataId).toBe(getBackend() !== "tensorflow");
  x.dispose();
  await expectClose(mul(view, view), [1, 4, 9, 16, 25, 36]);
  expect(mul(view, view).shape).toEqual([3, 1, 2]);
  await expectClose(view, [1, 2, 3, 4, 5, 6]);
  view.dispose();
  await expectNoLeak(() => tidy(() => void viewAs(made(), [6])));
});

test("a gradient goes through it", async () => {
  registerGradients();
  const f = (x: Tensor) => sum(mul(viewAs(x, [6]), [1, 2, 3, 4, 5, 6]));
  const gradient = grad(f)(made());
  expect(gradient.shape).toEqual([2, 3]);
  await expectClose(gradient, [1, 2, 3, 4, 5, 6]);
});

test("refuses another number of numbers", () => {
  expect(() => viewAs(made(), [4])).toThrow(
    new ShapeError("shape: expected 6 numbers as in [2, 3], got [4]"),
  );
});
