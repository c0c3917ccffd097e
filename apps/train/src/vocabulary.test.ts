import { describe, expect, it } from "vitest";
import { UserError } from "./user-error";
import { Vocabulary } from "./vocabulary";

describe("Vocabulary", () => {
  it("lists the characters of a text by code point, an emoji as one", () => {
    const vocabulary = Vocabulary.of("ba🐋ab\n");
    expect(vocabulary.characters).toEqual(["\n", "a", "b", "🐋"]);
    expect(vocabulary.size).toBe(4);
  });

  it("gives back the text that it encoded", () => {
    const text = "Call me Ishmael — 🐋🐋.\n";
    const vocabulary = Vocabulary.of(text);
    const ids = vocabulary.encode(text, "text");
    expect(ids.length).toBe([...text].length);
    expect(vocabulary.decode(ids)).toBe(text);
  });

  it("names the characters that it does not know", () => {
    const encode = () => Vocabulary.of("abc").encode("aéb🐋é", "prompt");
    expect(encode).toThrow(UserError);
    expect(encode).toThrow(
      'prompt: expected only the 3 characters that the model knows, got "é" (U+00E9), "🐋" (U+1F40B)',
    );
  });

  it("names a few of many unknown characters", () => {
    expect(() => Vocabulary.of("a").encode("bcdefghi", "text")).toThrow(
      /"f" \(U\+0066\) and 3 more$/,
    );
  });

  it.each([[["a", "a"]], [["ab"]], [[""]]])("refuses the list %j", (characters) => {
    expect(() => new Vocabulary(characters)).toThrow(
      "vocabulary: expected single characters, each once, got others",
    );
  });
});
