import { join } from "node:path";
import { CharTokenizer } from "@tx/training";
import { describe, expect, it } from "vitest";
import { defaults } from "./config";
import type { Plan } from "./prepare";
import { header, lossLine, nextCommands } from "./report";
import type { RunState } from "./run-folder";
import type { Trainer } from "./trainer";

const state: RunState = {
  version: 1,
  ...{ step: 300, evaluatedStep: 300, maxLen: 64, metricsBytes: 0 },
  random: { batches: 0, model: 0 },
  backend: { name: "wasm", device: "" },
  text: { characters: 1000, sha256: "old" },
};
const plan: Plan = {
  config: { ...defaults, steps: 600 },
  textName: "book.txt",
  text: { characters: 1000, sha256: "new" },
  vocabulary: CharTokenizer.of("abc"),
  training: new Int32Array(900),
  heldOut: new Int32Array(100),
  prompt: Int32Array.of(0),
  saved: null,
  savedIn: null,
  folder: { path: join("runs", "my run"), release() {} },
};
const saved = { config: defaults, vocabulary: plan.vocabulary, state };
const resumed = {
  ...plan,
  saved: { ...saved, model: new Uint8Array(), optimizer: new Uint8Array() },
  savedIn: "runs/old",
};
const trainer = { parameterCount: 12_345 } as Trainer;

describe("header", () => {
  const backend = { name: "webgpu", device: "a device with a name that is rather long" };

  it("breaks what is longer than the terminal", () => {
    const lines = header(plan, trainer, backend, 50).join("\n").split("\n");
    expect(lines).toContain("  parameters   12,345");
    expect(lines).toContain("  backend      webgpu (a device with a name that");
    expect(lines).toContain("               is rather long)");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(50);
  });

  it("says where it goes on, and why the losses may be others", () => {
    const lines = header(resumed, trainer, backend, 80);
    expect(lines).toContain("  goes on      runs/old at step 300");
    expect(lines).toContain("  note         the steps until now ran on wasm");
    expect(lines).toContain("  note         the steps until now saw another text");
  });
});

describe("lossLine", () => {
  it("keeps losses below one another", () => {
    expect([lossLine("validation loss", 2), lossLine("bigram loss", 2.5, "(pairs)")]).toEqual([
      "    validation loss  2.0000 nats per character",
      "    bigram loss      2.5000 nats per character (pairs)",
    ]);
  });
});

describe("nextCommands", () => {
  it("goes on to where it was stopped from, or beyond the end, in quotes if need be", () => {
    const resume = `npm start -- --resume "${join("runs", "my run")}"`;
    expect(nextCommands(plan, 300)).toContain(`  go on        ${resume}`);
    expect(nextCommands(plan, 600)).toContain(`  go on        ${resume} --steps 1200`);
  });
});
