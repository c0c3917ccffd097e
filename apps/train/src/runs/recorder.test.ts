import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Embedding, normal, Rng } from "@tx/core";
import { Sgd } from "@tx/training";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaults } from "../config/config";
import { readJournal } from "./journal";
import { Recorder } from "./recorder";
import { files, type LoadedRun, loadFromFolder, readConfig } from "./run-folder";

let folder: string;
const rng = new Rng(1);
const model = new Embedding(3, 2, { init: normal(1, rng) });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tx-recorder-"));
});
afterEach(() => rm(folder, { recursive: true }));

const recorderIn = (path: string, saved: LoadedRun | null = null) =>
  Recorder.open({
    ...{ folder: path, config: defaults, maxLen: 7, saved },
    task: { saved: { kind: "word" }, fingerprint: "abc" },
    backend: { name: "cpu", device: "" },
  });

function runAt(step: number) {
  const optimizer = new Sgd({ parameters: model.parameters() });
  optimizer.loadState(new Map(), step);
  return { model, optimizer, random: { rng } };
}
const metric = (step: number) => ({
  ...{ step, loss: 1 / 3, gradientNorm: 2, rate: 3, tokensPerSecond: 4 },
});

describe("Recorder", () => {
  it("saves metrics and samples with the state that they belong to", async () => {
    const recorder = await recorderIn(folder);
    recorder.add(metric(1));
    await recorder.save(runAt(1));
    recorder.add(metric(2));
    recorder.addEvaluation({ step: 2, validationLoss: 1, tokens: 7 });
    recorder.addSample({ step: 2, sample: "a\nb" });
    await recorder.save(runAt(2));
    const { state, run } = await loadFromFolder(folder);
    expect([run.steps, state.evaluatedStep, recorder.savedStep]).toEqual([2, 2, 2]);
    expect(state).toMatchObject({ config: defaults, task: { kind: "word" }, maxLen: 7 });
    expect(state.lines).toEqual({ metrics: 3, samples: 1 });
    expect(await readJournal(join(folder, files.metrics), 3)).toHaveLength(3);
    expect(JSON.parse(await readFile(join(folder, files.config), "utf8"))).toEqual(defaults);
    expect((await readdir(folder)).sort()).toEqual(
      [files.config, files.metrics, files.run, files.samples].sort(),
    );
  });

  it("drops what came after the save that a run goes on from", async () => {
    const recorder = await recorderIn(folder);
    recorder.add(metric(1));
    await recorder.save(runAt(1));
    await writeFile(join(folder, files.metrics), `${JSON.stringify(metric(1))}\n{"step":2}\n{"st`);
    const again = await recorderIn(folder, await loadFromFolder(folder));
    expect(again.savedStep).toBe(1);
    again.add(metric(2));
    await again.save(runAt(2));
    expect(await readFile(join(folder, files.metrics), "utf8")).toBe(
      [metric(1), metric(2)].map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
  });

  it("takes the lines over into another folder, and leaves the old one alone", async () => {
    const recorder = await recorderIn(folder);
    recorder.add(metric(1));
    await recorder.save(runAt(1));
    const other = join(folder, "other");
    await mkdir(other);
    const before = await readFile(join(folder, files.metrics));
    const next = await recorderIn(other, await loadFromFolder(folder));
    expect(next.savedStep).toBeNull();
    next.add(metric(2));
    await next.save(runAt(2));
    expect(await readJournal(join(other, files.metrics), 2)).toEqual([metric(1), metric(2)]);
    expect(await readFile(join(folder, files.metrics))).toEqual(before);
  });

  it("says what is left when a later save fails", async () => {
    const recorder = await recorderIn(folder);
    await recorder.save(runAt(1));
    await rm(join(folder, files.metrics));
    await mkdir(join(folder, files.metrics));
    recorder.add(metric(2));
    await expect(recorder.save(runAt(2))).rejects.toThrow(
      `${folder}: the run could not be saved (illegal operation on a directory); step 1 is still saved there: make room and go on with npm start -- resume ${folder}`,
    );
    expect((await loadFromFolder(folder)).run.steps).toBe(1);
  });

  it("leaves nothing when the first save fails", async () => {
    const recorder = await recorderIn(folder);
    recorder.add(metric(1));
    await mkdir(join(folder, files.run, "x"), { recursive: true });
    await expect(recorder.save(runAt(1))).rejects.toThrow(
      /the run could not be saved \([a-z ,]+\)$/,
    );
    expect(await readdir(folder)).toEqual([files.run]);
  });

  it("refuses journals that are shorter than the run says", async () => {
    const recorder = await recorderIn(folder);
    recorder.add(metric(1));
    await recorder.save(runAt(1));
    await writeFile(join(folder, files.metrics), "{}");
    await expect(recorderIn(folder, await loadFromFolder(folder))).rejects.toThrow(
      `${join(folder, files.metrics)}: expected at least 1 lines, got fewer`,
    );
  });
});

describe("loadFromFolder", () => {
  it("refuses what is no run of this program", async () => {
    await expect(loadFromFolder(join(folder, "none"), "resume")).rejects.toThrow(
      /^resume: expected the folder of a saved run, got .*none, which is none$/,
    );
    await expect(loadFromFolder(folder, "resume")).rejects.toThrow(
      /^resume: .*run\.safetensors: expected a saved run, got none that can be read \(ENOENT\)$/,
    );
  });
});

describe("readConfig", () => {
  it("names the file in front of a setting", async () => {
    const path = join(folder, "my.json");
    await writeFile(path, '{"steps": 5}');
    const { values, nameOf } = await readConfig(path);
    expect(values).toEqual({ steps: 5 });
    expect(nameOf("steps")).toBe(`${path}: steps`);
    await writeFile(path, "[]");
    await expect(readConfig(path)).rejects.toThrow(
      /my\.json: expected an object with settings, got/,
    );
  });
});
