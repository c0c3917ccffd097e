import { expect, test } from "vitest";
import { CharTokenizer, type CharTokenizerConfig } from "./char-tokenizer";

test("lists the characters of a text by code point, an emoji as one", () => {
  const tokenizer = CharTokenizer.of("ba🐋ab\n");
  expect(tokenizer.characters).toEqual(["\n", "a", "b", "🐋"]);
  expect(tokenizer.vocabSize).toBe(4);
  expect(CharTokenizer.of("").vocabSize).toBe(0);
});

test("gives back the text that it encoded", () => {
  const text = "Call me Ishmael — 🐋🐋, e\u0301 is two.\n";
  const tokenizer = CharTokenizer.of(text);
  const ids = tokenizer.encode(text);
  expect(ids).toBeInstanceOf(Int32Array);
  expect(ids.length).toBe([...text].length);
  expect(tokenizer.decode(ids)).toBe(text);
  expect(tokenizer.decode([-1, 999, 0])).toBe(`\ufffd\ufffd\n`);
});

test("names the characters that it does not know, or a few of many", () => {
  expect(() => CharTokenizer.of("abc").encode("aéb🐋é", "prompt")).toThrow(
    new RangeError(
      'prompt: expected only the 3 characters that the tokenizer knows, got "é" (U+00E9), "🐋" (U+1F40B)',
    ),
  );
  expect(() => CharTokenizer.of("a").encode("bcdefghi")).toThrow(
    /^text: .* "f" \(U\+0066\) and 3 more$/,
  );
});

test("or puts one in their place", () => {
  const tokenizer = CharTokenizer.of("abc", { unknown: "\ufffd" });
  expect(tokenizer.characters).toEqual(["a", "b", "c", "\ufffd"]);
  expect(tokenizer.decode(tokenizer.encode("aéb🐋"))).toBe("a\ufffdb\ufffd");
  expect([...CharTokenizer.of("abc", { unknown: "b" }).encode("cx")]).toEqual([2, 1]);
});

test("text and back gives the same tokenizer", () => {
  for (const unknown of [null, "_"]) {
    const tokenizer = CharTokenizer.of("zß🐋 \ud800", { unknown });
    const copy = CharTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(copy.toJSON()).toEqual(tokenizer.toJSON());
    expect(copy.encode("🐋ß\ud800")).toEqual(tokenizer.encode("🐋ß\ud800"));
    expect([copy.has("ß"), copy.has("_"), copy.has("x")]).toEqual([true, unknown === "_", false]);
  }
});

test("nonsense is refused by name", () => {
  for (const [characters, got] of [
    [["ab"], '"ab"'],
    [[""], '""'],
    [[3], "3"],
  ] as [string[], string][]) {
    expect(() => new CharTokenizer(characters)).toThrow(
      new RangeError(`characters: expected single characters, got ${got}`),
    );
  }
  expect(() => new CharTokenizer(["a", "a"])).toThrow("characters: expected each once");
  expect(() => new CharTokenizer(["a"], { unknown: "b" })).toThrow(
    'unknown: expected one of the characters, got "b"',
  );
  const config = CharTokenizer.of("ab").toJSON();
  const load = (change: object) => () =>
    CharTokenizer.fromJSON({ ...config, ...change } as CharTokenizerConfig);
  expect(load({ kind: "bpe" })).toThrow("kind: expected charTokenizer, got bpe");
  expect(load({ version: 2 })).toThrow("version: expected 1, got 2");
  expect(load({ characters: "ab" })).toThrow("characters: expected a list, got ab");
  expect(() => CharTokenizer.fromJSON(null as unknown as CharTokenizerConfig)).toThrow("kind");
});
