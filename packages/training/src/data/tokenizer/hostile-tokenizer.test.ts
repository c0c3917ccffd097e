import { getBackend } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { hostileJson, sharedNames } from "@tx/testing";
import { describe, expect, test, vi } from "vitest";
import { huggingFaceTokenizer } from "./index";

/** So many files of a kind are tried; TX_FUZZ asks for more. */
const TIMES = Number(process.env.TX_FUZZ ?? 200);

const added_tokens = [
  {
    ...{ id: 9, content: "<|end|>", single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  },
];
const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };

const files = {
  BPE: {
    added_tokens,
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "x+" }, content: "x" },
        { type: "Lowercase" },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: "\\s+" }, behavior: "Isolated", invert: false },
        byteLevel,
      ],
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ Sequence: { id: "A" } }, { SpecialToken: { id: "<|end|>" } }],
      pair: [],
      special_tokens: { "<|end|>": { id: "<|end|>", ids: [9], tokens: ["<|end|>"] } },
    },
    decoder: byteLevel,
    model: {
      type: "BPE",
      vocab: { l: 0, o: 1, w: 2, lo: 3, low: 4, Ġ: 5 },
      merges: [
        ["l", "o"],
        ["lo", "w"],
      ],
    },
  },
  WordPiece: {
    added_tokens,
    normalizer: { type: "BertNormalizer", clean_text: true, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      ...{ type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##" },
      ...{ max_input_chars_per_word: 100, vocab: { "[UNK]": 0, low: 1, "##er": 2, lo: 3 } },
    },
  },
  Unigram: {
    added_tokens,
    ...{ normalizer: null, pre_tokenizer: metaspace, post_processor: null, decoder: metaspace },
    model: {
      type: "Unigram",
      unk_id: 0,
      vocab: [
        ["<unk>", 0],
        ["▁low", -1],
        ["l", -2],
        ["ow", -3],
      ],
    },
  },
};

// What is read from JSON does not depend on the backend.
describe.runIf(getBackend() === "cpu")("a tokenizer.json of somebody who means harm", () => {
  test.each(Object.entries(files))("%s: ids and text by it, or refused", (_, file) => {
    // The library tells the console of patterns that it does not know.
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const rng = new Rng(31);
    let refused = 0;
    for (let n = 0; n < TIMES; n++) {
      let contents: object;
      try {
        contents = JSON.parse(hostileJson(JSON.stringify(file), (n) => rng.integer(n)));
      } catch {
        continue;
      }
      try {
        const tokenizer = huggingFaceTokenizer(contents);
        const ids = tokenizer.encode("low lower <|end|> é", { addSpecialTokens: n % 2 === 0 });
        for (const id of ids) {
          expect(Number.isSafeInteger(id) && id >= 0 && id < tokenizer.vocabSize).toBe(true);
        }
        expect(typeof tokenizer.decode(ids)).toBe("string");
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(/^(contents|text|ids)\b.*: expected .*, got /);
      }
      expect(sharedNames()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(TIMES / 20);
    warn.mockRestore();
  });

  test.each([
    ["model.vocab", { model: { type: "BPE", vocab: { a: 2 ** 31 }, merges: [] } }, '["a"]'],
    ["added_tokens", { added_tokens: [{ id: 2 ** 22, content: "b" }] }, "[0].id"],
    ["added_tokens", { added_tokens: [{ id: "7", content: "b" }] }, "[0].id"],
  ])("an id out of range in %s", (list, part, place) => {
    expect(() => huggingFaceTokenizer({ ...files.BPE, ...part })).toThrow(
      `contents.${list}${place}: expected a whole number from 0 and below 4194304, got `,
    );
  });

  test("what is no text is refused", () => {
    expect(() => huggingFaceTokenizer(files.BPE).encode(7 as never)).toThrow(
      new RangeError("text: expected a string, got number"),
    );
  });
});
