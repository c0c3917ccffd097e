import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CharTokenizer } from "@tx/training";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaults } from "./config";
import type { Plan } from "./prepare";
import { Recorder } from "./recorder";
import { loadRun } from "./run-folder";
import type { Trainer } from "./trainer";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-recorder-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function recorderAt(steps: () => number): Promise<Recorder> {
  const plan = {
    config: defaults,
    vocabulary: CharTokenizer.of("ab"),
    text: { characters: 2, sha256: "" },
    folder: { path: folder, release() {} },
    ...{ saved: null, savedIn: null },
  } as unknown as Plan;
  const save = async () => ({
    ...{ model: Uint8Array.of(steps()), optimizer: Uint8Array.of(2) },
    random: { batches: 1, model: 2 },
  });
  const trainer = {
    ...{ model: { maxLen: Number.POSITIVE_INFINITY }, save },
    get steps() {
      return steps();
    },
  } as unknown as Trainer;
  return Recorder.open(plan, trainer, { name: "cpu", device: "" });
}

const stepMetric = (step: number) => ({ step, loss: 1, gradientNorm: 2, rate: 3 });

describe("Recorder", () => {
  it("saves the metrics with the state that they belong to", async () => {
    let step = 1;
    const recorder = await recorderAt(() => step);
    recorder.add(stepMetric(1));
    await recorder.save();
    step = 2;
    recorder.add(stepMetric(2));
    recorder.add({ step: 2, validationLoss: 1, characters: 7 });
    await recorder.save();
    const { state } = await loadRun(folder);
    expect([state.step, state.evaluatedStep, recorder.savedStep]).toEqual([2, 2, 2]);
    expect(state.maxLen).toBeNull();
  });

  it("says what is left when a later save fails", async () => {
    let step = 1;
    const recorder = await recorderAt(() => step);
    await recorder.save();
    step = 2;
    await writeFile(join(folder, ".saved"), "");
    await expect(recorder.save()).rejects.toThrow(
      `${folder}: the run could not be saved (not a directory); step 1 is still saved there`,
    );
    await rm(join(folder, ".saved"));
    expect((await loadRun(folder)).state.step).toBe(1);
  });

  it("leaves nothing when the first save fails", async () => {
    const recorder = await recorderAt(() => 1);
    recorder.add(stepMetric(1));
    await mkdir(join(folder, ".saved", "state.json"), { recursive: true });
    await mkdir(join(folder, "state.json", "x"), { recursive: true });
    await expect(recorder.save()).rejects.toThrow(/the run could not be saved \([a-z ,]+\)$/);
    expect(await readdir(folder)).not.toContain("metrics.jsonl");
  });
});
