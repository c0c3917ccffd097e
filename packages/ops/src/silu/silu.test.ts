import { grad, ones, tensor } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { silu } from "./silu";

/** From −12 to 12, where something happens. */
const near = Array.from({ length: 97 }, (_, n) => n / 4 - 12);
const far = [1e4, 1e3, 137, 90].flatMap((x) => [-x, x]);

test("numbers", async () => {
  const wanted = near.map((x) => x / (1 + Math.exp(-x)));
  await expectClose(silu(tensor(near)), wanted);
});

test("far from 0 is x or 0, and its gradient 1 or 0", async () => {
  await expectClose(
    silu(tensor(far)),
    far.map((x) => Math.max(x, 0)),
  );
  await expectClose(
    grad(silu)(tensor(far), ones([far.length])),
    far.map((x) => (x > 0 ? 1 : 0)),
  );
});

test("gradients", async () => {
  await expectGradients(silu, [tensor([-6, -2.5, -1, -0.25, 0, 0.5, 1, 3.5, 8, -12], [2, 5])]);
});

test("keeps the shape, and leaves nothing behind", async () => {
  for (const shape of [[], [3], [2, 1, 3], [0, 2]]) expect(silu(ones(shape)).shape).toEqual(shape);
  const x = tensor(near);
  await expectNoLeak(() => silu(x).dispose());
});
