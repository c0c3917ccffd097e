import { describe, expect, it } from "vitest";
import { DeviceWatch } from "./device-watch";
import { withAdvice } from "./with-advice";

const failing = (message: string, savedStep: number | null, batch = 8, length = 32) =>
  withAdvice(
    {
      ...{ config: { batch, length }, folder: "runs/my run" },
      ...{ recorder: { savedStep }, device: new DeviceWatch() },
    },
    () => Promise.reject(new Error(message)),
  );

describe("withAdvice", () => {
  it.each<[string, number | null, number, RegExp]>([
    [
      ...(["memory: expected room", 40, 8] as const),
      /\nstep 40 is saved: go on with npm start -- resume "runs\/my run" --batch 4$/,
    ],
    [
      ...(["memory: expected room", 40, 1] as const),
      /\nstep 40 is saved: go on with npm start -- resume "runs\/my run" --length 16$/,
    ],
    [
      ...(["device was lost", 40, 8] as const),
      /\nstep 40 is saved: go on with npm start -- resume "runs\/my run"$/,
    ],
    [
      ...(["memory: expected room", null, 8] as const),
      /\nnothing was saved yet: try a smaller batch \(--batch 4\), --length or --d-model$/,
    ],
    [
      ...(["memory: expected room", null, 1] as const),
      /\nnothing was saved yet: try --length or --d-model$/,
    ],
    [
      ...(["device was lost", null, 8] as const),
      /\nnothing was saved yet: start again, perhaps with another --backend$/,
    ],
  ])(
    "says what was saved and how to go on: %s, step %s, batch %i",
    async (message, saved, batch, advice) => {
      await expect(failing(message, saved, batch)).rejects.toThrow(advice);
    },
  );

  it("leaves other errors as they are", async () => {
    await expect(failing("a mistake", 3)).rejects.toThrow(new Error("a mistake"));
  });
});
