import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { backend, env, registerBackend } from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import type { Adapter, Gpu } from "../host";
import { fakeHost, forgetBackends } from "../testing/fake-host";
import { useBackendOn } from "../use-backend";

afterEach(() => forgetBackends("webgpu"));

class WebGPUBackend extends MathBackendCPU {
  constructor(
    readonly device: object,
    readonly info?: object,
  ) {
    super();
  }
}

const info = { vendor: "nvidia", architecture: "ampere" };
const theirs = new MathBackendCPU();

/** Brings webgpu up on an adapter, with a package like tfjs's; what the device was asked for. */
async function bringUpOn(adapter: Partial<Adapter>) {
  const asked: unknown[] = [];
  const requestDevice = async (descriptor: object) => {
    asked.push(descriptor);
    return { descriptor };
  };
  const gpu: Gpu = { requestAdapter: async () => ({ info, requestDevice, ...adapter }) };
  const packages = {
    webgpu: () => ({ create: () => gpu, globals: {} }),
    "@tensorflow/tfjs-backend-webgpu": () => {
      env().registerFlag("WEBGPU_USE_LOW_POWER_GPU", () => false);
      registerBackend("webgpu", () => theirs);
      return { WebGPUBackend };
    },
  };
  await useBackendOn(fakeHost(packages), "webgpu");
  return asked;
}

test("asks for the features that the adapter has, and for its limits", async () => {
  const features = new Set(["subgroups", "timestamp-query", "texture-compression-bc"]);
  const limits = { maxBufferSize: 7, maxStorageBuffersPerShaderStage: 10, maxBindGroups: 4 };
  const asked = await bringUpOn({ features, limits });
  const descriptor = {
    requiredFeatures: ["subgroups", "timestamp-query"],
    requiredLimits: { maxBufferSize: 7, maxStorageBuffersPerShaderStage: 10 },
  };
  expect(asked).toEqual([descriptor]);
  expect(backend()).toBeInstanceOf(WebGPUBackend);
  expect(backend()).toMatchObject({ device: { descriptor }, info });
});

test("asks for none where the adapter has none", async () => {
  expect(await bringUpOn({ features: new Set(), limits: {} })).toEqual([
    { requiredFeatures: [], requiredLimits: {} },
  ]);
});

test.each<[string, Partial<Adapter>]>([
  ["does not say what it has", {}],
  [
    "refuses",
    {
      features: new Set(["subgroups"]),
      limits: {},
      requestDevice: () => Promise.reject(new Error("no such feature")),
    },
  ],
])("tfjs starts in its own way where the adapter %s", async (_, adapter) => {
  await bringUpOn(adapter);
  expect(backend()).toBe(theirs);
});
