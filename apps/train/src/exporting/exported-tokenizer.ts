import { wordPattern } from "../tokens/word-tokenizer";

/** A tokenizer as a file of its own, and how it is used. */
export interface ExportedTokenizer {
  readonly file: "vocabulary.json" | "tokenizer.json";
  readonly contents: unknown;
  /** Code that makes `tokenizer`, with `encode` and `decode`; the folder is `folder`. */
  readonly imports: readonly string[];
  readonly code: readonly string[];
}

/**
 * The tokenizer of a run in the form that is read with least code.
 *
 * @param saved What the run kept of it; null where tokens are numbers already.
 */
export function exportedTokenizer(saved: unknown): ExportedTokenizer | null {
  const { kind, contents } = (saved ?? {}) as { kind?: string; contents?: unknown };
  const read = (file: string) => `JSON.parse(await readFile(\`\${folder}/${file}\`, "utf8"))`;
  if (kind === "character") {
    return {
      ...{ file: "vocabulary.json", contents },
      imports: ['import { CharTokenizer } from "@tx/training";'],
      code: [`const tokenizer = CharTokenizer.fromJSON(${read("vocabulary.json")});`],
    };
  }
  if (kind === "tokenizer.json") {
    return {
      ...{ file: "tokenizer.json", contents },
      imports: ['import { huggingFaceTokenizer } from "@tx/training/tokenizer";'],
      code: [`const tokenizer = huggingFaceTokenizer(${read("tokenizer.json")});`],
    };
  }
  if (kind !== "word") return null;
  return {
    file: "vocabulary.json",
    contents: { kind: "words", version: 1, pattern: wordPattern.source, words: contents },
    imports: [],
    code: [
      `const { pattern, words } = ${read("vocabulary.json")};`,
      "const tokenizer = {",
      "  // The first word stands for all that are not in the list.",
      '  encode: (text) => Array.from(text.matchAll(new RegExp(pattern, "gu")), ([word]) =>',
      "    Math.max(0, words.indexOf(word)),",
      "  ),",
      '  decode: (ids) => Array.from(ids, (id) => words[id]).join(""),',
      "};",
    ],
  };
}
