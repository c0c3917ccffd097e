import { tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { cumsumFromEnd } from "../index";
import { checkLengths } from "./cases";

test("sums from each entry to the end, of one length after another, with gradients", async () => {
  await expect(checkLengths()).resolves.toBeUndefined();
});

test("along any axis, and leaves its result only", async () => {
  const x = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  await expectClose(cumsumFromEnd(x, 0), [5, 7, 9, 4, 5, 6]);
  await expectClose(cumsumFromEnd(tensor1d([1, 2, 4])), [7, 6, 4]);
  await expectNoLeak(() => cumsumFromEnd(x).dispose());
});
