import { argMax, cast, grad, mul, sum, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { detach } from "./detach";
import { registerGradients } from "./gradients";

test("is the same numbers, and outlives what it was made of", async () => {
  const x = tensor1d([1, 2, 3], "int32");
  const y = detach(x);
  expect([y.shape, y.dtype]).toEqual([[3], "int32"]);
  x.dispose();
  await expectClose(y, [1, 2, 3]);
});

test("lets no gradient through, and hides what has none", async () => {
  registerGradients();
  const f = (x: Tensor) => {
    const best = cast(argMax(detach(x)), "float32");
    return sum(mul(mul(x, detach(x)), best));
  };
  await expectClose(grad(f)(tensor1d([1, 5, 4])), [1, 5, 4]);
});

test("leaves nothing behind", async () => {
  const x = tensor1d([1, 2]);
  await expectNoLeak(() => detach(x).dispose());
  await expectNoLeak(() => grad((x) => mul(x, detach(x)))(x).dispose());
});
