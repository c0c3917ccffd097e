import { grad, ones, tensor } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { mish } from "./mish";

const near = Array.from({ length: 81 }, (_, n) => n / 4 - 10);
const far = [1e4, 1e3, 137, 90].flatMap((x) => [-x, x]);

const reference = (x: number) => x * Math.tanh(Math.log1p(Math.exp(x)));
const slope = (x: number) => {
  const tanh = Math.tanh(Math.log1p(Math.exp(x)));
  return tanh + (x * (1 - tanh * tanh)) / (1 + Math.exp(-x));
};

test("numbers and slopes", async () => {
  await expectClose(mish(tensor(near)), near.map(reference));
  await expectClose(grad(mish)(tensor(near), ones([near.length])), near.map(slope));
});

test("far from 0 is x or 0, and its gradient 1 or 0", async () => {
  await expectClose(
    mish(tensor(far)),
    far.map((x) => Math.max(x, 0)),
  );
  await expectClose(
    grad(mish)(tensor(far), ones([far.length])),
    far.map((x) => (x > 0 ? 1 : 0)),
  );
});

test("has the gradients that differences give, and keeps the shape", async () => {
  await expectGradients(mish, [tensor([-6, -2.5, -1, -0.25, 0, 0.5, 1, 3.5, 8, -12], [2, 5])]);
  for (const shape of [[], [3], [2, 1, 3]]) expect(mish(ones(shape)).shape).toEqual(shape);
});

test("leaves nothing behind", async () => {
  const x = tensor(near);
  await expectNoLeak(() => mish(x).dispose());
});
