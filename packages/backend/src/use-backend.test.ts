import { engine, getBackend, matMul, tensor2d } from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { afterEach, describe, expect, test } from "vitest";
import { type BackendName, useBackend } from "./index";
import { dawn, fakeHost, forgetBackends, registers } from "./testing/fake-host";
import { useBackendOn } from "./use-backend";

afterEach(() => forgetBackends("simd", "webgpu"));

async function expectRightProduct(): Promise<void> {
  const a = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tensor2d([1, 0, -1, 2, 3, 1], [3, 2]);
  await expectClose(matMul(a, b), [8, 7, 17, 16]);
}

describe("on this machine", () => {
  test("cpu", async () => {
    expect(await useBackend("cpu")).toEqual({
      name: "cpu",
      device: expect.stringMatching(/^CPU.*, plain JavaScript$/),
    });
    expect(getBackend()).toBe("cpu");
    await expectRightProduct();
  });

  test("wasm, and again", async () => {
    for (let time = 0; time < 2; time++) {
      expect(await useBackend("wasm")).toEqual({
        name: "wasm",
        device: expect.stringMatching(/^CPU.*, WebAssembly SIMD, \d+ threads?$/),
      });
    }
    expect(getBackend()).toBe("wasm");
    await expectRightProduct();
  });

  test("wasm leaves no listener on the process, and no second backend", async () => {
    await useBackend("wasm");
    const { registry } = engine();
    const before = registry.wasm;
    delete registry.wasm;
    const listeners = () => process.listenerCount("uncaughtException");
    const count = listeners();
    await useBackend("wasm");
    expect(listeners()).toBe(count);
    expect(registry.wasm).not.toBe(before);
  });

  test("webgl is for browsers", async () => {
    await expect(useBackend("webgl")).rejects.toThrow(
      `backend webgl: expected a browser, got Node ${process.versions.node}; in Node use webgpu or auto`,
    );
    expect(getBackend()).toBe("cpu");
  });

  test("simd, and again", async () => {
    (await import("@tx/simd")).configureSimd({ threads: 2 });
    for (let time = 0; time < 2; time++) {
      expect(await useBackend("simd")).toEqual({
        name: "simd",
        device: expect.stringMatching(/^CPU.*, WebAssembly relaxed SIMD, 2 threads \(@tx\/simd\)$/),
      });
    }
    expect(getBackend()).toBe("simd");
    await expectRightProduct();
  });

  test("simd, after it was removed", async () => {
    await useBackend("simd");
    await forgetBackends("simd");
    expect((await useBackend("simd")).device).toContain("2 threads");
    await expectRightProduct();
  });

  test("an unknown name lists the names", async () => {
    await expect(useBackend("cuda" as BackendName)).rejects.toThrow(
      'backend: expected one of auto, webgpu, simd, node-gpu, node, wasm, webgl, cpu, got "cuda"',
    );
  });
});

describe("auto", () => {
  const cpu = { "@tensorflow/tfjs-backend-cpu": () => ({}) };
  const wasm = { "@tensorflow/tfjs-backend-wasm": () => import("@tensorflow/tfjs-backend-wasm") };
  const simd = { "@tx/simd": registers("simd") };
  const webgpu = (adapter: Parameters<typeof dawn>[0]) => ({
    webgpu: dawn(adapter),
    "@tensorflow/tfjs-backend-webgpu": registers("webgpu"),
  });
  const nvidia = { vendor: "nvidia", architecture: "ampere" };
  const swiftShader = { vendor: "google", architecture: "swiftshader" };

  test.each([
    ["webgpu", "a GPU", { ...cpu, ...wasm, ...simd, ...webgpu(nvidia) }],
    ["simd", "an emulated GPU", { ...cpu, ...wasm, ...simd, ...webgpu(swiftShader) }],
    ["simd", "no adapter", { ...cpu, ...wasm, ...simd, ...webgpu(null) }],
  ])("takes %s where there is %s, and has nothing to remark", async (name, _, packages) => {
    const active = await useBackendOn(fakeHost(packages), "auto");
    expect(active.name).toBe(name);
    expect(active.device).not.toContain("passed over");
    expect(getBackend()).toBe(name);
  });

  test("does not load Dawn where the machine rules out a GPU", async () => {
    const packages = { ...cpu, ...webgpu(nvidia) };
    expect((await useBackendOn(fakeHost(packages, { mayHaveGpu: () => false }), "auto")).name).toBe(
      "cpu",
    );
  });

  test("says what would be faster, and what to install", async () => {
    const active = await useBackendOn(fakeHost({ ...cpu, ...webgpu(null) }), "auto");
    expect(active).toEqual({
      name: "cpu",
      device:
        "CPU Example, plain JavaScript; passed over backend simd: expected the package @tx/simd, got none installed; run: npm install @tx/simd; passed over backend wasm: expected the package @tensorflow/tfjs-backend-wasm, got none installed; run: npm install @tensorflow/tfjs-backend-wasm",
    });
  });

  test("takes wasm where that is all there is", async () => {
    const active = await useBackendOn(fakeHost({ ...cpu, ...wasm, ...webgpu(null) }), "auto");
    expect(active.name).toBe("wasm");
    expect(active.device).toMatch(/thread.*; passed over backend simd: .*npm install @tx\/simd$/);
  });

  test("goes on past a GPU that does not start", async () => {
    const broken = {
      ...cpu,
      ...simd,
      webgpu: dawn(nvidia),
      "@tensorflow/tfjs-backend-webgpu": () => {
        throw new Error("device lost");
      },
    };
    const active = await useBackendOn(fakeHost(broken), "auto");
    expect(active.name).toBe("simd");
    expect(active.device).toContain("passed over backend webgpu: expected @tensorflow/");
    expect(active.device).toContain("got: device lost");
  });

  test("fails with all reasons where nothing is installed", async () => {
    await expect(useBackendOn(fakeHost(), "auto")).rejects.toThrow(
      /^backend auto: expected a backend that starts, got none: backend webgpu: .* \| backend simd: .* \| backend wasm: .*npm install @tensorflow\/tfjs-backend-wasm \| backend cpu: /,
    );
    expect(getBackend()).toBe("cpu");
  });
});

describe("simd", () => {
  test("names the package to install", async () => {
    await expect(useBackendOn(fakeHost(), "simd")).rejects.toThrow(
      "backend simd: expected the package @tx/simd, got none installed; run: npm install @tx/simd",
    );
  });

  test("uses one that the application has imported", async () => {
    registers("simd")();
    expect((await useBackendOn(fakeHost(), "simd")).device).toBe(
      "CPU Example, WebAssembly SIMD (@tx/simd)",
    );
  });

  test("refuses a package that registers nothing", async () => {
    await expect(useBackendOn(fakeHost({ "@tx/simd": () => ({}) }), "simd")).rejects.toThrow(
      "expected @tx/simd to start, got: no backend registered as simd",
    );
  });
});

test("each failure leaves the active backend active", async () => {
  await useBackend("wasm");
  for (const name of ["webgpu", "simd", "node-gpu", "node", "webgl", "cpu"] as const) {
    const failing = fakeHost({ "@tensorflow/tfjs-backend-webgl": () => ({}) });
    await expect(useBackendOn(failing, name)).rejects.toMatchObject({ backend: name });
    expect(getBackend()).toBe("wasm");
  }
});
