import { describe, expect, it } from "vitest";
import { DeviceWatch } from "./device-watch";

/** A device that is lost, or tells of an error, when it is told to. */
function fakeDevice() {
  let lose: (info: { message: string }) => void = () => {};
  let listener: (event: { error: { message: string } }) => void = () => {};
  return {
    lost: new Promise<{ message: string }>((resolve) => {
      lose = resolve;
    }),
    addEventListener: (_: string, added: typeof listener) => {
      listener = added;
    },
    lose: (message: string) => lose({ message }),
    tell: (error: { message: string }) => listener({ error }),
  };
}

class GPUOutOfMemoryError {
  constructor(readonly message: string) {}
}

const never = () => new Promise<never>(() => {});

describe("DeviceWatch", () => {
  it("gives what the work gives, or throws what it throws", async () => {
    const watch = new DeviceWatch();
    expect(await watch.guard(async () => 7)).toBe(7);
    await expect(watch.guard(() => Promise.reject(new Error("a mistake")))).rejects.toThrow(
      "a mistake",
    );
  });

  it("ends work that waits for a lost device, and begins no other", async () => {
    const device = fakeDevice();
    const watch = new DeviceWatch(device);
    expect(await watch.guard(async () => 7)).toBe(7);
    const work = watch.guard(never);
    device.lose("");
    await expect(work).rejects.toThrow(new Error("the device was lost"));
    let begun = false;
    const next = watch.guard(async () => {
      begun = true;
    });
    await expect(next).rejects.toThrow("the device was lost");
    expect(begun).toBe(false);
  });

  it.each([
    [new GPUOutOfMemoryError("no room"), "the device: out of memory: no room"],
    [new Error("invalid buffer"), "the device: refused: invalid buffer"],
  ])("ends with what only listeners are told: %o", async (error, message) => {
    const device = fakeDevice();
    const watch = new DeviceWatch(device);
    const work = watch.guard(never);
    device.tell(error);
    await expect(work).rejects.toThrow(new Error(message));
    device.lose("later");
    await Promise.resolve();
    await expect(watch.guard(never)).rejects.toThrow(new Error(message));
  });
});
