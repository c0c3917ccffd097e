import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { configOf, configs } from "./configs";

const folder = mkdtempSync(join(tmpdir(), "tx-bench-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = join(folder, "config.json");
  writeFileSync(file, text);
  return file;
}

test("knows its configs by name", () => {
  expect(configOf("small")).toBe(configs.small);
});

test("reads a config from a file", () => {
  const config = { layers: 1, heads: 3, dModel: 6, length: 5, batch: 2, vocabSize: 7 };
  expect(configOf(fileOf(JSON.stringify(config)))).toEqual(config);
});

test.each([
  ["{", "expected JSON in"],
  [JSON.stringify({ ...configs.small, heads: 3 }), "dModel: expected a multiple of heads"],
  [JSON.stringify({ ...configs.small, layers: 0 }), "layers: "],
  [JSON.stringify({ ...configs.small, layer: 1 }), "layer"],
])("refuses %s in one line", (text, message) => {
  expect(() => configOf(fileOf(text))).toThrow(message);
  expect(() => configOf(fileOf(text))).toThrow(/^[^\n]+$/);
});

test("refuses what is neither a name nor a file", () => {
  expect(() => configOf("tiny")).toThrow(
    "--config: expected small, wide, gpu, gpt2 or a JSON file, got tiny",
  );
});
