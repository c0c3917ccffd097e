import {
  backend,
  engine,
  getBackend,
  getKernelsForBackend,
  matMul,
  ones,
  ready,
  removeBackend,
  setBackend,
} from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { configureSimd, registerSimd, type SimdBackend } from "./index";
import { kernels } from "./kernels";

const namesOf = (name: string) => getKernelsForBackend(name).map(({ kernelName }) => kernelName);

test("has every kernel of the cpu backend and each of ours, once", () => {
  const names = namesOf("simd");
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(names)).toEqual(
    new Set([...namesOf("cpu"), ...kernels.map(({ kernelName }) => kernelName)]),
  );
  const ours = kernels.map(({ kernelName }) => kernelName);
  expect(new Set(ours).size).toBe(ours.length);
});

test("is what tfjs takes by itself before wasm and cpu", async () => {
  const { simd, cpu } = engine().registryFactory;
  expect(simd!.priority).toBeGreaterThan(2);
  expect(simd!.priority).toBeLessThan(3);
  expect(cpu!.priority).toBe(1);
});

test("takes its options before it starts, and can be registered again", async () => {
  expect(() => configureSimd({ threads: 1 })).toThrow(
    "simd: expected its options before it starts, got them while it runs",
  );
  const warn = vi.spyOn(console, "warn");
  const first = backend() as SimdBackend;
  registerSimd();
  expect(backend()).toBe(first);
  removeBackend("simd");
  expect(first.threads).toBe(1);
  configureSimd({ threads: 3 });
  registerSimd();
  expect(await setBackend("simd")).toBe(true);
  await ready();
  expect(getBackend()).toBe("simd");
  expect((backend() as SimdBackend).threads).toBe(3);
  expect([...matMul(ones([2, 2]), ones([2, 2])).dataSync()]).toEqual([2, 2, 2, 2]);
  removeBackend("simd");
  configureSimd({ threads: 2 });
  registerSimd();
  await setBackend("simd");
  expect(warn).not.toHaveBeenCalled();
});
