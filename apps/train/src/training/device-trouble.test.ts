import { memory as tensorsInUse } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { defaults } from "../config/config";
import { deviceTrouble } from "./device-trouble";
import { type Training, train } from "./train";

describe("deviceTrouble", () => {
  it.each([
    ["memory: expected room for 1.0 MB, got 0.1 MB in use of 2.0 MB, which is all", "memory"],
    ["Array buffer allocation failed", "memory"],
    ["Out of memory", "memory"],
    ["OOM when allocating tensor with shape[9]", "memory"],
    ["GPUDevice was lost: driver restarted", "lost"],
    ["A valid external Instance reference no longer exists; the device is lost", "lost"],
    ["x: expected [2], got [3]", null],
    ["room 3 is locked", null],
  ])("tells from %j: %s", (message, trouble) => {
    expect(deviceTrouble(new Error(message))).toBe(trouble);
  });
});

describe("train", () => {
  const training = (message: string, savedStep: number | null): Training => {
    const step = () => Promise.reject(new Error(message));
    return {
      config: { ...defaults, batch: 8 },
      folder: "runs/my run",
      task: { tokensPerStep: 1 },
      trainer: { steps: 0, step, settle: async () => [] },
      recorder: { savedStep, evaluatedStep: 0 },
      signal: new AbortController().signal,
    } as unknown as Training;
  };

  it.each([
    [
      "memory: expected room",
      40,
      /\nstep 40 is saved: go on with npm start -- resume "runs\/my run" --batch 4$/,
    ],
    ["device was lost", 40, /\nstep 40 is saved: go on with npm start -- resume "runs\/my run"$/],
    [
      "memory: expected room",
      null,
      /\nnothing was saved yet: try a smaller batch \(--batch 4\), --length or --d-model$/,
    ],
    [
      "device was lost",
      null,
      /\nnothing was saved yet: start again, perhaps with another --backend$/,
    ],
  ])("says what was saved and how to go on: %s, %s", async (message, saved, advice) => {
    const { numTensors } = tensorsInUse();
    await expect(train(training(message, saved))).rejects.toThrow(advice);
    expect(tensorsInUse().numTensors).toBe(numTensors);
  });

  it("leaves other errors as they are", async () => {
    await expect(train(training("a mistake", 3))).rejects.toThrow(new Error("a mistake"));
  });
});
