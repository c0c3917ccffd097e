import { describe, expect, it } from "vitest";
import { deviceTrouble } from "./device-trouble";

describe("deviceTrouble", () => {
  it.each([
    ["memory: expected room for 1.0 MB, got 0.1 MB in use of 2.0 MB, which is all", "memory"],
    ["Array buffer allocation failed", "memory"],
    ["Out of memory", "memory"],
    ["OOM when allocating tensor with shape[9]", "memory"],
    ["GPUDevice was lost: driver restarted", "lost"],
    ["A valid external Instance reference no longer exists; the device is lost", "lost"],
    ["Failed to execute 'mapAsync' on 'GPUBuffer': [Device] is lost.", "lost"],
    ["x: expected [2], got [3]", null],
    ["room 3 is locked", null],
  ])("tells from %j: %s", (message, trouble) => {
    expect(deviceTrouble(new Error(message))).toBe(trouble);
  });
});
