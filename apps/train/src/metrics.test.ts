import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appendMetrics, copyMetrics, metricsFile } from "./metrics";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-metrics-"));
});
afterEach(() => rm(folder, { recursive: true }));

const metric = (step: number) => ({ step, loss: 1 / 3, gradientNorm: 2, rate: 0.1 });
const line = (step: number) => `${JSON.stringify(metric(step))}\n`;
const content = (path = folder) => readFile(join(path, metricsFile), "utf8");

describe("appendMetrics", () => {
  it("adds lines and says where they end", async () => {
    const first = await appendMetrics(folder, 0, [metric(1)]);
    const second = await appendMetrics(folder, first, [metric(2), metric(3)]);
    expect(await content()).toBe(line(1) + line(2) + line(3));
    expect(second).toBe((await content()).length);
  });

  it("drops steps that came after the save it goes on from", async () => {
    const first = await appendMetrics(folder, 0, [metric(1)]);
    await appendMetrics(folder, first, [metric(2), metric(3)]);
    await appendMetrics(folder, first, [metric(2)]);
    expect(await content()).toBe(line(1) + line(2));
  });
});

describe("copyMetrics", () => {
  it("takes over what counts", async () => {
    const first = await appendMetrics(folder, 0, [metric(1)]);
    await appendMetrics(folder, first, [metric(2)]);
    const other = await mkdtemp(join(folder, "other-"));
    await copyMetrics(folder, other, first);
    expect(await content(other)).toBe(line(1));
  });
});
