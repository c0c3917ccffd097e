import { atan, backend, ones, tidy } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { programTimes } from "./program-times";

test("times programs by name, where the device has timestamps", async () => {
  const { features } = (backend() as unknown as { device: GPUDevice }).device;
  const x = ones([2003]);
  const work = () => tidy(() => void atan(atan(x)));
  // Compiled by then, which is no time of the device.
  work();
  const times = await programTimes(work);
  if (features.has("timestamp-query")) {
    expect([...times!.keys()]).toEqual(["UnaryOpProgram"]);
    expect(times!.get("UnaryOpProgram")).toBeGreaterThanOrEqual(0);
  } else {
    expect(times).toBeUndefined();
  }
  x.dispose();
});
