import { expect, test } from "vitest";
import { countOnDevice } from "./device-counts";

class Pass {
  readonly calls: unknown[][] = [];
  dispatchWorkgroups(...args: unknown[]): void {
    this.calls.push(args);
  }
}

class Device {
  readonly queue = { submit: (buffers: unknown[]) => buffers.length };
  readonly pass = new Pass();
  createBuffer({ size }: { size: number }) {
    return { size };
  }
  createCommandEncoder() {
    return { beginComputePass: () => this.pass };
  }
}

test("counts through the device's own methods, and leaves them as they were", async () => {
  const device = new Device();
  const { submit } = device.queue;
  const work = async () => {
    const pass = device.createCommandEncoder().beginComputePass();
    pass.dispatchWorkgroups(1, 2);
    pass.dispatchWorkgroups(3);
    expect(device.createBuffer({ size: 4 })).toEqual({ size: 4 });
    expect(device.queue.submit([1, 2])).toBe(2);
  };
  expect(await countOnDevice(work, device)).toEqual({
    dispatches: 2,
    submits: 1,
    buffersCreated: 1,
    pipelinesCreated: 0,
  });
  expect(device.pass.calls).toEqual([[1, 2], [3]]);
  expect(device.queue.submit).toBe(submit);
  expect(Object.keys(device)).toEqual(["queue", "pass"]);
  expect(Object.hasOwn(device, "createBuffer")).toBe(false);
});

test("restores the device when the work fails", async () => {
  const device = new Device();
  const fails = () => Promise.reject(new Error("lost"));
  await expect(countOnDevice(fails, device)).rejects.toThrow("lost");
  expect(Object.hasOwn(device, "createBuffer")).toBe(false);
});

test("knows nothing where there is no device", async () => {
  expect(await countOnDevice(async () => {})).toBeUndefined();
});
