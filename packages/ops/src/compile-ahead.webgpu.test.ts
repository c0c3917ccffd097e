import { atan, backend, env, mul, slice, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test, vi } from "vitest";
import { compileAhead } from "./compile-ahead";

interface Device {
  createComputePipeline(): unknown;
  createComputePipelineAsync(): unknown;
}

const device = () => (backend() as unknown as { device: Device }).device;
/** A program that no other test needs; more than a thousand numbers are not left to the CPU. */
const work = (x: Tensor) => atan(atan(x));
const numbers = Array.from({ length: 1009 }, (_, n) => n / 100);

test("programs are compiled before the work is done, each once, and then no more", async () => {
  const x = tensor(numbers);
  const sync = vi.spyOn(device(), "createComputePipeline");
  const async = vi.spyOn(device(), "createComputePipelineAsync");
  await expectNoLeak(() => compileAhead(() => work(x)));
  expect([sync.mock.calls.length, async.mock.calls.length]).toEqual([0, 1]);
  await compileAhead(() => work(x));
  const result = tidy(() => work(x));
  await expectClose(
    result,
    numbers.map((n) => Math.atan(Math.atan(n))),
    { rtol: 1e-5 },
  );
  expect([sync.mock.calls.length, async.mock.calls.length]).toEqual([0, 1]);
  sync.mockRestore();
  async.mockRestore();
  x.dispose();
  result.dispose();
});

test("also those of small numbers, which are on the host at first", async () => {
  const weight = tensor([1, 2, 3]);
  const x = tensor(numbers.slice(0, 999), [333, 3]);
  const sync = vi.spyOn(device(), "createComputePipeline");
  // Slice, for one, is left to the CPU until the weight has been used on the device.
  const use = () => mul(atan(mul(x, weight)), slice(weight, 1, 1));
  await compileAhead(use);
  for (let time = 0; time < 2; time++) tidy(() => void use());
  expect(sync).not.toHaveBeenCalled();
  sync.mockRestore();
  x.dispose();
  weight.dispose();
});

test("an error of the work is passed on, and the backend is as before", async () => {
  const failing = () => {
    throw new Error("no more");
  };
  await expect(compileAhead(failing)).rejects.toThrow("no more");
  expect(env().getBool("WEBGPU_ENGINE_COMPILE_ONLY")).toBe(false);
  const x = tensor(numbers);
  const result = work(x);
  expect((await result.data())[100]).toBeCloseTo(Math.atan(Math.atan(1)), 5);
  x.dispose();
  result.dispose();
});
