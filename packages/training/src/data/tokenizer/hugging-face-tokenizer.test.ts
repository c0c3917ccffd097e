import { expect, test } from "vitest";
import { huggingFaceTokenizer } from "./index";

/** GPT-2's letters for the 256 bytes: those that print stand for themselves, others from U+0100 on. */
const letters: string[] = [];
for (let byte = 0, others = 0; byte < 256; byte++) {
  const prints = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  letters.push(String.fromCharCode(prints ? byte : 256 + others++));
}
const space = letters[32]!;
const merges: [string, string][] = [
  ["l", "o"],
  ["lo", "w"],
  ["e", "r"],
  [space, "low"],
  ["low", "er"],
  [letters[0xf0]!, letters[0x9f]!],
];

/** What a tokenizer.json holds, byte level and byte pairs. */
const vocabulary = [...letters, ...merges.map((pair) => pair.join(""))];
const byteLevel = {
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
};
const contents = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [
    {
      ...{ id: 300, content: "<|end|>", single_word: false, lstrip: false, rstrip: false },
      ...{ normalized: false, special: true },
    },
  ],
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "<|end|>", type_id: 0 } },
    ],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { "<|end|>": { id: "<|end|>", ids: [300], tokens: ["<|end|>"] } },
  },
  decoder: byteLevel,
  model: {
    ...{ type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null },
    ...{ end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false },
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    merges,
  },
};

/** Byte pairs by the book: of a word's neighbours, the pair that was learned first is merged. */
function naive(text: string): number[] {
  const words = text.match(/ ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? [];
  return words.flatMap((word) => {
    const parts = Array.from(new TextEncoder().encode(word), (byte) => letters[byte]!);
    for (;;) {
      const ranks = parts.slice(1).map((part, n) => {
        const rank = merges.findIndex(([a, b]) => a === parts[n] && b === part);
        return rank === -1 ? Number.POSITIVE_INFINITY : rank;
      });
      const best = Math.min(...ranks);
      if (best === Number.POSITIVE_INFINITY) break;
      for (let n = 0; n + 1 < parts.length; n++) {
        const [a, b] = merges[best]!;
        if (parts[n] === a && parts[n + 1] === b) parts.splice(n, 2, a + b);
      }
    }
    return parts.map((part) => vocabulary.indexOf(part));
  });
}

const texts = [
  "lower lowlow low",
  "slower, slow er\n\n  low",
  "🐋 Wal — über 42 ħ!",
  "don . t clean ' up , this",
  "",
];

test.each(texts)("%j is encoded as by the book, and comes back", (text) => {
  const tokenizer = huggingFaceTokenizer(contents);
  expect(tokenizer.encode(text)).toEqual(naive(text));
  expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
});

test("merges are applied in the order that they were learned in", () => {
  const tokenizer = huggingFaceTokenizer(contents);
  const spelled = (text: string) => tokenizer.encode(text).map((id) => vocabulary[id]);
  expect(spelled("lower low")).toEqual(["lower", `${space}low`]);
  expect(spelled(" lower")).toEqual([`${space}low`, "er"]);
});

test("special tokens are put in and left out only where that is asked for", () => {
  const tokenizer = huggingFaceTokenizer(contents);
  const ids = tokenizer.encode("low", { addSpecialTokens: true });
  expect(ids).toEqual([...naive("low"), 300]);
  expect(tokenizer.encode("low<|end|>low")).toEqual([...naive("low"), 300, ...naive("low")]);
  expect(tokenizer.decode(ids)).toBe("low<|end|>");
  expect(tokenizer.decode(Int32Array.from(ids), { skipSpecialTokens: true })).toBe("low");
  expect(tokenizer.idOf("<|end|>")).toBe(300);
  expect(tokenizer.idOf("nothing")).toBeUndefined();
});

test("the vocabulary is as large as an embedding has to be, gaps included", () => {
  expect(huggingFaceTokenizer(contents).vocabSize).toBe(301);
  expect(huggingFaceTokenizer({ ...contents, added_tokens: undefined }).vocabSize).toBe(262);
});

test("what is no tokenizer.json, no token or no id is refused", () => {
  expect(() => huggingFaceTokenizer({ model: {} })).toThrow(
    /^contents: expected those of a tokenizer\.json, got others \(/,
  );
  expect(() => huggingFaceTokenizer("text" as unknown as object)).toThrow(
    "contents: expected those of a tokenizer.json, parsed, got string",
  );
  const tokenizer = huggingFaceTokenizer(contents);
  expect(() => tokenizer.decode([270])).toThrow(
    new RangeError("ids: expected those of the tokenizer's tokens, got 270"),
  );
  const words = huggingFaceTokenizer({
    ...{ normalizer: null, post_processor: null, decoder: { type: "WordPiece", prefix: "##" } },
    pre_tokenizer: { type: "Whitespace" },
    model: {
      ...{ type: "WordPiece", unk_token: "[UNK]", vocab: { low: 0, "##er": 1 } },
      ...{ continuing_subword_prefix: "##", max_input_chars_per_word: 100 },
    },
  });
  expect(words.encode("low lower")).toEqual([0, 0, 1]);
  expect(() => words.encode("low high")).toThrow(
    'text: expected what the tokenizer has tokens for, got "[UNK]"',
  );
});
