import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaults } from "../config/config";
import { header, lossLine, nextCommands } from "./header";
import type { StartFacts } from "./reporter";

const facts: StartFacts = {
  config: { ...defaults, steps: 600 },
  data: [["text", "book.txt: 1,000 characters"]],
  unit: "character",
  parameters: 12_345,
  backend: { name: "webgpu", device: "a device with a name that is rather long" },
  folder: join("runs", "my run"),
  from: null,
  notes: [],
};

describe("header", () => {
  it("breaks what is longer than the terminal", () => {
    const lines = header(facts, 50).join("\n").split("\n");
    expect(lines).toContain("  text         book.txt: 1,000 characters");
    expect(lines).toContain("  parameters   12,345");
    expect(lines).toContain("  model        decoder, 2 layers, 4 heads, width");
    expect(lines).toContain("  backend      webgpu (a device with a name that");
    expect(lines).toContain("               is rather long)");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(50);
  });

  it("says of what shape the model is", () => {
    const config = { ...defaults, task: "translate" };
    expect(header({ ...facts, config }, 90)).toContain(
      "  model        encoder-decoder, 2 layers each, 4 heads, width 64, learned positions",
    );
  });

  it("says where it goes on, and why the losses may be others", () => {
    const notes = ["the steps until now ran on wasm"];
    const lines = header({ ...facts, from: { folder: "runs/old", step: 300 }, notes }, 80);
    expect(lines).toContain("  goes on      runs/old at step 300");
    expect(lines).toContain("  note         the steps until now ran on wasm");
  });
});

describe("lossLine", () => {
  it("keeps losses below one another", () => {
    const lines = [
      lossLine("validation loss", 2, "word"),
      lossLine("bigram loss", 2.5, "word", "(pairs)"),
    ];
    expect(lines).toEqual([
      "    validation loss  2.0000 nats per word",
      "    bigram loss      2.5000 nats per word (pairs)",
    ]);
  });
});

describe("nextCommands", () => {
  it("goes on to where it was stopped from, or beyond the end, in quotes if need be", () => {
    const resume = `npm start -- resume "${join("runs", "my run")}"`;
    const commands = (step: number) => nextCommands(facts.folder, facts.config, step);
    expect(commands(300)).toContain(`  go on        ${resume}`);
    expect(commands(600)).toContain(`  go on        ${resume} --steps 1200`);
  });
});
