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
  createBuffer({ size }: { size: number; mappedAtCreation?: boolean }) {
    return { size };
  }
  createCommandEncoder() {
    return { beginComputePass: () => this.pass, copyBufferToBuffer: () => {} };
  }
}

test("counts through the device's own methods, and leaves them as they were", async () => {
  const device = new Device();
  const { submit } = device.queue;
  const work = async () => {
    const encoder = device.createCommandEncoder() as ReturnType<Device["createCommandEncoder"]> & {
      copyBufferToBuffer(...args: unknown[]): void;
    };
    const pass = encoder.beginComputePass();
    pass.dispatchWorkgroups(1, 2);
    pass.dispatchWorkgroups(3);
    expect(device.createBuffer({ size: 4 })).toEqual({ size: 4 });
    expect(device.createBuffer({ size: 12, mappedAtCreation: true })).toEqual({ size: 12 });
    // Into a staging buffer that is mapped for writing, then one for reading.
    encoder.copyBufferToBuffer({}, 0, { usage: 6 }, 0, 8);
    encoder.copyBufferToBuffer({}, 0, { usage: 9 }, 0, 20);
    expect(device.queue.submit([1, 2])).toBe(2);
  };
  expect(await countOnDevice(work, device)).toEqual({
    dispatches: 2,
    submits: 1,
    buffersCreated: 2,
    pipelinesCreated: 0,
    ...{ uploads: 1, uploadedBytes: 12, reads: 1, readBytes: 20 },
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
