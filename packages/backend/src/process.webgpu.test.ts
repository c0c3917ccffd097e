import { expect, test } from "vitest";
import { runNode } from "./testing/run-node";

test("Dawn outlives its last reference, and lets the process end by itself", async () => {
  const ended = await runNode(`
    import { matMul, ones } from "@tensorflow/tfjs-core";
    import { useBackend } from "./src/index.ts";
    const { name, device } = await useBackend("webgpu");
    // What the README of webgpu advises; without a reference of ours the next collection aborts.
    delete navigator.gpu;
    for (let time = 0; time < 5; time++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
      const product = await matMul(ones([3, 5]), ones([5, 7])).data();
      if (product.length !== 21 || product.some((entry) => entry !== 5)) throw new Error(product);
    }
    console.log(JSON.stringify({ name, device }));
  `);
  expect(ended).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toEqual({ name: "webgpu", device: expect.any(String) });
});
