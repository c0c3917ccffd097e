import { expect, test } from "vitest";
import { checkLengths } from "./cases";

test("sums from the end are right on webgpu for one length after another", async () => {
  await expect(checkLengths()).resolves.toBeUndefined();
});
