import { getBackend } from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { compileAhead } from "./compile-ahead";

test("where nothing is compiled the work is not run", async () => {
  const work = vi.fn();
  await compileAhead(work);
  expect(work).toHaveBeenCalledTimes(getBackend() === "webgpu" ? 2 : 0);
});
