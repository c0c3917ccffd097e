import { backend, dispose, matMul, ones, softmax } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { countOnDevice } from "./device-counts";

test("counts what tfjs asks of a real device", async () => {
  const device = (backend() as unknown as { device: object }).device;
  const a = ones([5, 7]);
  const work = async () => {
    const product = matMul(a, a, false, true);
    const shares = softmax(product);
    await shares.data();
    dispose([product, shares]);
  };
  await work();
  const counts = await countOnDevice(work);
  expect(counts!.dispatches).toBeGreaterThanOrEqual(2);
  expect(counts!.submits).toBeGreaterThanOrEqual(1);
  // Compiled the first time.
  expect(counts!.pipelinesCreated).toBe(0);
  expect(Object.hasOwn(device, "createBuffer")).toBe(false);
  expect(await countOnDevice(work)).toMatchObject({ dispatches: counts!.dispatches });
  a.dispose();
});
