import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { backend, engine, getBackend, registerBackend } from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { activate, isRegistered } from "./activate";
import { forgetBackends } from "./testing/fake-host";

afterEach(() => forgetBackends("example"));

test.each([
  ["at once", () => new MathBackendCPU()],
  ["later", async () => new MathBackendCPU()],
])("activates a backend that starts %s, once", async (_, factory) => {
  const start = vi.fn(factory);
  registerBackend("example", start);
  const first = await activate("example");
  expect(getBackend()).toBe("example");
  expect(backend()).toBe(first);
  await activate("cpu");
  expect(await activate("example")).toBe(first);
  expect(start).toHaveBeenCalledOnce();
  expect(engine().registryFactory.example?.factory).toBe(start);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no such device");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no such device"))],
])("passes on the error of a backend that %s, and leaves the active one", async (_, factory) => {
  const warn = vi.spyOn(console, "warn");
  registerBackend("example", factory);
  await expect(activate("example")).rejects.toThrow("no such device");
  expect(getBackend()).toBe("cpu");
  expect(warn).not.toHaveBeenCalled();
});

test("refuses a name that nothing registered", async () => {
  expect(isRegistered("example")).toBe(false);
  await expect(activate("example")).rejects.toThrow("no backend is registered");
});
