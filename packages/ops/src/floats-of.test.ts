import { tensor, transpose } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { floatsOf } from "./floats-of";

test.each([
  ["bool", [1, 0, 0, 1, 1, 0]],
  ["int32", [5, -3, 0, 2, 7, 1]],
] as const)("%s become floats that can be turned", async (dtype, [a, b, c, d, e, f]) => {
  const x = tensor([a, b, c, d, e, f], [2, 3], dtype);
  const floats = floatsOf(x);
  expect(floats.dtype).toBe("float32");
  await expectClose(floats, [a, b, c, d, e, f]);
  await expectClose(transpose(floats), [a, d, b, e, c, f]);
  await expectNoLeak(() => floatsOf(x).dispose());
});
