import { backend, scalar } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectNoLeak } from "./leak";

test("passes a body that cleans up, sync or async", async () => {
  await expectNoLeak(() => scalar(1).dispose());
  await expectNoLeak(async () => {
    const one = scalar(1);
    await one.data();
    one.dispose();
  });
});

test("fails for a tensor left alive, and for one too few", async () => {
  const lost = [scalar(0)];
  const keep = () => void lost.push(scalar(1), scalar(2));
  await expect(expectNoLeak(keep)).rejects.toThrow("tensors left alive: wanted 0, got 2");
  await expect(expectNoLeak(async () => keep())).rejects.toThrow("wanted 0, got 2");
  await expect(expectNoLeak(() => lost.pop()?.dispose())).rejects.toThrow("wanted 0, got -1");
});

test("fails for data that a kernel left in the backend", async () => {
  const forget = () => backend().write(new Float32Array(3), [3], "float32");
  await expect(expectNoLeak(forget)).rejects.toThrow("data left in the backend: wanted 0, got 1");
});
