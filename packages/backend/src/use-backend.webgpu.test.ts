import { getBackend, matMul, tensor2d } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { type Host, thisHost } from "./host";
import { useBackend } from "./index";
import { useBackendOn } from "./use-backend";

const { gpu } = (globalThis as { navigator?: { gpu?: ReturnType<Host["gpu"]> } }).navigator ?? {};
const adapter = await gpu?.requestAdapter();
const emulated = adapter?.info?.isFallbackAdapter === true;

test("webgpu takes what there is, and says what it is", async () => {
  const active = await useBackend("webgpu");
  expect(active.name).toBe("webgpu");
  expect(active.device).toMatch(
    emulated ? /^software adapter .*, a GPU emulated on the CPU, with @tx\/webgpu$/ : /^GPU /,
  );
  expect(getBackend()).toBe("webgpu");
  const a = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tensor2d([1, 0, -1, 2, 3, 1], [3, 2]);
  await expectClose(matMul(a, b), [8, 7, 17, 16]);
});

test("auto takes a real GPU only", async () => {
  const { name, device } = await useBackendOn({ ...thisHost, mayHaveGpu: () => true }, "auto");
  expect(name === "webgpu").toBe(!emulated);
  expect(device).not.toContain("passed over");
});
