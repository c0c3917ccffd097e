import {
  mul,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  variableGrads,
  zeros as zeroTensor,
} from "@tensorflow/tfjs-core";
import { linear, ShapeError } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { normal } from "./initializers";
import { Linear } from "./linear";
import { Rng } from "./rng";

const made = (options: { bias?: boolean } = {}) =>
  new Linear(3, 5, { init: normal(1, new Rng(1)), ...options });

test("owns a kernel and a bias, zero at first", async () => {
  const layer = made();
  expect([...layer.parameters()].map(([path, { shape }]) => [path, shape])).toEqual([
    ["kernel", [3, 5]],
    ["bias", [5]],
  ]);
  await expectClose(layer.bias!, [0, 0, 0, 0, 0]);
});

test("bias: false leaves the kernel alone", () => {
  const layer = made({ bias: false });
  expect(layer.bias).toBeUndefined();
  expect([...layer.parameters().keys()]).toEqual(["kernel"]);
});

test.each([[[3]], [[2, 3]], [[2, 7, 3]]])(
  "forward is x · kernel + bias: x of %j",
  async (shape) => {
    const layer = made();
    layer.bias!.assign(tensor([1, 2, 3, 4, 5]));
    const count = shape.reduce((size, n) => size * n, 1);
    const x = tensor(
      Array.from({ length: count }, (_, n) => (n % 11) / 4 - 1),
      shape,
    ) as Tensor;
    const y = layer.forward(x);
    expect(y.shape).toEqual([...shape.slice(0, -1), 5]);
    const kernel = layer.kernel as Tensor as Tensor2D;
    await expectClose(y, linear(x, kernel, tensor([1, 2, 3, 4, 5])));
  },
);

test("trains: gradients reach kernel and bias", async () => {
  const layer = made();
  const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const { grads } = variableGrads(() => sum(mul(layer.forward(x), 2)));
  const of = (path: string) => grads[layer.parameters().get(path)!.name]!;
  await expectClose(
    of("kernel"),
    [5, 7, 9].flatMap((column) => Array(5).fill(2 * column)),
  );
  await expectClose(of("bias"), Array(5).fill(4));
});

test("is the same for the same seed", async () => {
  await expectClose(made().kernel, made().kernel, { rtol: 0, atol: 0 });
});

test("frees all it made", async () => {
  const x = zeroTensor([2, 3]);
  await expectNoLeak(() => {
    const layer = made();
    layer.forward(x).dispose();
    layer.dispose();
  });
});

test.each([
  [0, 5, "inputs: expected a whole number from 1, got 0"],
  [3, 1.5, "outputs: expected a whole number from 1, got 1.5"],
])("refuses %d inputs and %d outputs, and leaves nothing behind", (inputs, outputs, message) =>
  expectNoLeak(() => {
    const init = normal(1, new Rng(1));
    expect(() => new Linear(inputs, outputs, { init })).toThrow(new RangeError(message));
  }),
);

test("refuses an x of another width", () => {
  expect(() => made().forward(zeroTensor([2, 4]))).toThrow(
    new ShapeError("x: expected [..., inputs=3], got [2, 4]"),
  );
});
