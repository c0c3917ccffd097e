import { getBackend, setBackend } from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { fakeHost, forgetBackends, notFound, registers } from "../testing/fake-host";
import { useBackendOn } from "../use-backend";
import { restoreNodeUtil } from "./tensorflow";

const cuda = "an NVIDIA GPU with CUDA 11.2 and cuDNN 8.1, on Linux or Windows";

/** Registers the backend and makes it active, as tfjs-node does when it is imported. */
function tensorflow(properties: object): () => Promise<unknown> {
  return async () => {
    registers("tensorflow", { binding: { TF_Version: "2.9.1" }, ...properties })();
    return setBackend("tensorflow");
  };
}

afterEach(() => forgetBackends("tensorflow"));

test("node says which library computes", async () => {
  const host = fakeHost({ "@tensorflow/tfjs-node": tensorflow({ isGPUPackage: false }) });
  expect(await useBackendOn(host, "node")).toEqual({
    name: "node",
    device: "CPU Example, TensorFlow 2.9.1 (@tensorflow/tfjs-node)",
  });
  expect(getBackend()).toBe("tensorflow");
});

test("node-gpu with CUDA", async () => {
  const gpu = tensorflow({ isGPUPackage: true, isUsingGpuDevice: true });
  const host = fakeHost({ "@tensorflow/tfjs-node-gpu": gpu });
  expect(await useBackendOn(host, "node-gpu")).toEqual({
    name: "node-gpu",
    device: "GPU by CUDA, TensorFlow 2.9.1 (@tensorflow/tfjs-node-gpu)",
  });
});

test("not installed: names the package, CUDA and cuDNN where needed, and the command", async () => {
  await expect(useBackendOn(fakeHost(), "node-gpu")).rejects.toMatchObject({
    message: `backend node-gpu: expected the package @tensorflow/tfjs-node-gpu, got none installed; it needs ${cuda}; run: npm install @tensorflow/tfjs-node-gpu`,
    cause: notFound("@tensorflow/tfjs-node-gpu"),
  });
  await expect(useBackendOn(fakeHost(), "node")).rejects.toThrow(
    "backend node: expected the package @tensorflow/tfjs-node, got none installed; run: npm install @tensorflow/tfjs-node",
  );
  expect(getBackend()).toBe("cpu");
});

test("native library missing: says which, and keeps the cause", async () => {
  const cause = new Error(
    "libcudart.so.11.0: cannot open shared object file: No such file or directory\n  more",
  );
  const host = fakeHost({
    "@tensorflow/tfjs-node-gpu": () => {
      throw cause;
    },
  });
  await expect(useBackendOn(host, "node-gpu")).rejects.toMatchObject({
    message: `backend node-gpu: expected @tensorflow/tfjs-node-gpu to start, got: libcudart.so.11.0: cannot open shared object file: No such file or directory; it needs ${cuda}; run: npm install @tensorflow/tfjs-node-gpu, or npm rebuild @tensorflow/tfjs-node-gpu`,
    cause,
  });
  expect(getBackend()).toBe("cpu");
});

test("CUDA missing: the library computes on the CPU, and that is refused", async () => {
  const gpu = tensorflow({ isGPUPackage: true, isUsingGpuDevice: false });
  const host = fakeHost({ "@tensorflow/tfjs-node-gpu": gpu });
  await expect(useBackendOn(host, "node-gpu")).rejects.toThrow(
    `got: the CPU, since it found no CUDA device; it needs ${cuda}; run: npm install @tensorflow/tfjs-node-gpu`,
  );
  expect(getBackend()).toBe("cpu");
  // The same library still serves as node.
  expect((await useBackendOn(host, "node")).device).toContain("@tensorflow/tfjs-node-gpu");
});

test("node-gpu after node in one process", async () => {
  const host = fakeHost({ "@tensorflow/tfjs-node": tensorflow({ isGPUPackage: false }) });
  await useBackendOn(host, "node");
  await expect(useBackendOn(host, "node-gpu")).rejects.toThrow(
    "got: @tensorflow/tfjs-node, which this process loaded before",
  );
  expect(getBackend()).toBe("tensorflow");
});

test("in a browser there is neither", async () => {
  const browser = fakeHost({}, { nodeVersion: undefined });
  await expect(useBackendOn(browser, "node")).rejects.toThrow("expected Node, got a browser");
});

test("Node 23 has its util back before the package is loaded", async () => {
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = {};
  const load = tensorflow({});
  let atLoad: unknown[] = [];
  const packages = {
    "@tensorflow/tfjs-node": () => {
      atLoad = [null, undefined, 0, ""].map((value) => util.isNullOrUndefined?.(value));
      return load();
    },
  };
  await useBackendOn(fakeHost(packages, { nodeVersion: "23.1.0", util }), "node");
  expect(atLoad).toEqual([true, true, false, false]);
});

test("Node 22 keeps its own", () => {
  const own = () => false;
  const util = { isNullOrUndefined: own, isArray: own };
  restoreNodeUtil(util);
  expect([util.isNullOrUndefined, util.isArray]).toEqual([own, own]);
});

test("where it is set up apart, the advice is that command", async () => {
  const host = fakeHost({}, { tensorflowFolder: "/clone/.tensorflow" });
  await expect(useBackendOn(host, "node")).rejects.toThrow(
    /got none installed; run: npm run setup:tensorflow$/,
  );
  await expect(useBackendOn(host, "node-gpu")).rejects.toThrow(
    `got none installed; it needs ${cuda}; run: npm run setup:tensorflow -- --gpu`,
  );
});

test("a second copy of tfjs-core: says so", async () => {
  const host = fakeHost({ "@tensorflow/tfjs-node": () => ({}) });
  await expect(useBackendOn(host, "node")).rejects.toThrow(
    "backend node: expected @tensorflow/tfjs-node to start, got: another copy of @tensorflow/tfjs-core, with which it registered itself; run: npm install @tensorflow/tfjs-node",
  );
});
