import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { GrowingText } from "./growing-text";
import { byteLevelFile } from "./testing/byte-level-file";
import { vocabularyFrom, vocabularyOf } from "./vocabularies";

const folder = await mkdtemp(join(tmpdir(), "tx-tokens-"));
afterAll(() => rm(folder, { recursive: true }));
const text = "Call me Ishmael. Some years ago — never mind how long — I went.\n\n  The sea's deep.";
const path = join(folder, "tokenizer.json");
await writeFile(path, JSON.stringify(byteLevelFile));

describe.each(["character", "word", path])("the tokenizer %s", (tokenizer) => {
  it("gives back the text, also from what a run saved", async () => {
    const vocabulary = await vocabularyOf(text, { tokenizer, words: 1000 });
    const ids = vocabulary.encode(text, "text");
    expect(ids).toBeInstanceOf(Int32Array);
    expect(Math.max(...ids)).toBeLessThan(vocabulary.vocabSize);
    expect(vocabulary.decode(ids)).toBe(text);
    const saved = JSON.parse(JSON.stringify(vocabulary.toJSON()));
    const again = await vocabularyFrom(saved, "run");
    expect([...again.encode(text, "text")]).toEqual([...ids]);
    expect(again.toJSON()).toEqual(vocabulary.toJSON());
  });

  it("comes token by token", async () => {
    const vocabulary = await vocabularyOf(text, { tokenizer, words: 1000 });
    const growing = new GrowingText(vocabulary);
    const pieces = Array.from(vocabulary.encode(text, "text"), (id) => growing.push(id));
    expect(pieces.join("") + growing.end()).toBe(text);
  });
});

it("keeps the most frequent words, and one for all others", async () => {
  const vocabulary = await vocabularyOf("a b a c a b", { tokenizer: "word", words: 3 });
  expect(vocabulary.vocabSize).toBe(3);
  expect(vocabulary.decode(vocabulary.encode(" a b c", "text"))).toBe(" a b\ufffd");
});

it.each([
  [
    { tokenizer: join(folder, "none.json"), words: 9 },
    /can be read, got .*none\.json \(no such file/,
  ],
  [{ tokenizer: join(folder, "bad.json"), words: 9 }, /^tokenizer: expected JSON in .*bad\.json/],
  [{ tokenizer: join(folder, "other.json"), words: 9 }, /other\.json: contents: expected those of/],
])("refuses %j", async (choice, message) => {
  await writeFile(join(folder, "bad.json"), "{");
  await writeFile(join(folder, "other.json"), '{"model": {}}');
  await expect(vocabularyOf("a", choice)).rejects.toThrow(message);
});

it("refuses a saved one that is none, by the run's name", async () => {
  await expect(vocabularyFrom({ kind: "syllable" }, "run")).rejects.toThrow(
    "run: expected a saved tokenizer, got one of kind syllable",
  );
  await expect(vocabularyFrom({ kind: "character", contents: 3 }, "run")).rejects.toThrow(/^run: /);
});
