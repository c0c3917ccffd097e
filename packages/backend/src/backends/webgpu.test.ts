import { getBackend } from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { dawn, fakeHost, forgetBackends, registers } from "../testing/fake-host";
import { useBackendOn } from "../use-backend";

const nvidia = { vendor: "nvidia", architecture: "ampere", description: "NVIDIA: 535.104" };
const swiftShader = { vendor: "google", architecture: "swiftshader" };

afterEach(() => forgetBackends("webgpu"));

test("takes a GPU, and installs navigator.gpu before the package is loaded", async () => {
  const order: string[] = [];
  const register = registers("webgpu");
  const packages = {
    webgpu: dawn(nvidia),
    "@tensorflow/tfjs-backend-webgpu": () => {
      order.push("import");
      return register();
    },
  };
  const host = fakeHost(packages, { installGpu: () => order.push("install") });
  expect(await useBackendOn(host, "webgpu")).toEqual({
    name: "webgpu",
    device: "GPU nvidia ampere (NVIDIA: 535.104)",
  });
  expect(order).toEqual(["install", "import"]);
});

test("loads our kernels where they are installed, says so, and does without where not", async () => {
  const registerWebgpu = vi.fn();
  const packages = {
    webgpu: dawn(nvidia),
    "@tensorflow/tfjs-backend-webgpu": registers("webgpu"),
    "@tx/webgpu": () => ({ registerWebgpu }),
  };
  const { device } = await useBackendOn(fakeHost(packages), "webgpu");
  expect(device).toBe("GPU nvidia ampere (NVIDIA: 535.104), with @tx/webgpu");
  expect(registerWebgpu).toHaveBeenCalledOnce();
});

test("kernels that do not load are an error, not silence", async () => {
  const packages = {
    webgpu: dawn(nvidia),
    "@tensorflow/tfjs-backend-webgpu": registers("webgpu"),
    "@tx/webgpu": () => {
      throw new Error("broken");
    },
  };
  await expect(useBackendOn(fakeHost(packages), "webgpu")).rejects.toThrow(
    "backend webgpu: expected @tx/webgpu to start, got: broken; run: npm install @tx/webgpu",
  );
});

test("takes a software adapter that is asked for, and says so", async () => {
  const host = fakeHost({
    webgpu: dawn(swiftShader),
    "@tensorflow/tfjs-backend-webgpu": registers("webgpu"),
  });
  expect((await useBackendOn(host, "webgpu")).device).toBe(
    "software adapter google swiftshader, a GPU emulated on the CPU",
  );
});

test("uses a navigator.gpu that is there", async () => {
  const gpu = dawn(nvidia)().create();
  const installGpu = vi.fn();
  const packages = { "@tensorflow/tfjs-backend-webgpu": registers("webgpu") };
  const browser = fakeHost(packages, { nodeVersion: undefined, gpu: () => gpu, installGpu });
  expect((await useBackendOn(browser, "webgpu")).name).toBe("webgpu");
  expect(installGpu).not.toHaveBeenCalled();
});

test("no adapter: says to install the driver, and leaves no navigator.gpu", async () => {
  const installGpu = vi.fn();
  const host = fakeHost({ webgpu: dawn(null) }, { installGpu });
  await expect(useBackendOn(host, "webgpu")).rejects.toThrow(
    "backend webgpu: expected a GPU adapter, got none; install the GPU's driver",
  );
  expect(installGpu).not.toHaveBeenCalled();
  expect(getBackend()).toBe("cpu");
});

test("names whichever of its two packages is missing", async () => {
  await expect(useBackendOn(fakeHost(), "webgpu")).rejects.toThrow(
    "backend webgpu: expected the package webgpu, got none installed; run: npm install webgpu @tensorflow/tfjs-backend-webgpu",
  );
  await expect(useBackendOn(fakeHost({ webgpu: dawn(nvidia) }), "webgpu")).rejects.toThrow(
    "run: npm install @tensorflow/tfjs-backend-webgpu",
  );
});

test("a package that was imported too early has not registered itself", async () => {
  const packages = { webgpu: dawn(nvidia), "@tensorflow/tfjs-backend-webgpu": () => ({}) };
  await expect(useBackendOn(fakeHost(packages), "webgpu")).rejects.toThrow(
    "call useBackend before you import it",
  );
});

test("a browser without WebGPU", async () => {
  const browser = fakeHost({}, { nodeVersion: undefined });
  await expect(useBackendOn(browser, "webgpu")).rejects.toThrow("got no navigator.gpu");
});
