import { readFile } from "node:fs/promises";
import { CharTokenizer, type CharTokenizerConfig, type Json, type Tokenizer } from "@tx/training";
import { messageOf, systemReason, UserError } from "../user-error";
import type { Vocabulary } from "./vocabulary";
import { WordTokenizer } from "./word-tokenizer";

/** How a vocabulary is asked for. */
export interface VocabularyChoice {
  /** character, word, or the path of a tokenizer.json. */
  readonly tokenizer: string;
  /** Most words of a word tokenizer. */
  readonly words: number;
}

/**
 * The vocabulary of a text by its name in the settings.
 *
 * @throws UserError if a tokenizer.json cannot be read, or is none.
 */
export async function vocabularyOf(
  text: string,
  { tokenizer, words }: VocabularyChoice,
): Promise<Vocabulary> {
  if (tokenizer === "character") return character(CharTokenizer.of(text));
  if (tokenizer === "word") return word(WordTokenizer.of(text, words));
  return tokenizerFile(await contentsOf(tokenizer), tokenizer);
}

/**
 * The vocabulary that a run saved.
 *
 * @throws UserError if it is of no kind that is known.
 */
export async function vocabularyFrom(saved: Json | undefined, name: string): Promise<Vocabulary> {
  const { kind, contents } = (saved ?? {}) as { kind?: unknown; contents?: Json };
  try {
    if (kind === "character") {
      return character(CharTokenizer.fromJSON(contents as unknown as CharTokenizerConfig));
    }
    if (kind === "word") return word(new WordTokenizer(contents as string[]));
    if (kind === "tokenizer.json") return await tokenizerFile(contents as object, name);
  } catch (error) {
    throw new UserError(`${name}: ${messageOf(error)}`);
  }
  throw new UserError(`${name}: expected a saved tokenizer, got one of kind ${kind}`);
}

function character(tokenizer: CharTokenizer): Vocabulary {
  return {
    ...part("character", "character", tokenizer, tokenizer.toJSON() as unknown as Json),
    encode: (text, name) => refusing(() => tokenizer.encode(text, name)),
  };
}

const word = (tokenizer: WordTokenizer) =>
  part("word", "word", tokenizer, tokenizer.words as unknown as Json);

async function tokenizerFile(contents: object, name: string): Promise<Vocabulary> {
  const { huggingFaceTokenizer } = await import("@tx/training/tokenizer");
  try {
    return part("tokenizer.json", "token", huggingFaceTokenizer(contents), contents as Json);
  } catch (error) {
    throw new UserError(`${name}: ${messageOf(error)}`);
  }
}

function part(
  kind: Vocabulary["kind"],
  unit: string,
  tokenizer: Tokenizer,
  contents: Json,
): Vocabulary {
  return {
    ...{ kind, unit, vocabSize: tokenizer.vocabSize },
    encode: (text, name) => refusing(() => Int32Array.from(tokenizer.encode(text)), name),
    decode: (ids) => tokenizer.decode(ids),
    toJSON: () => ({ kind, contents }),
  };
}

/** @throws UserError in place of what the tokenizer throws. */
function refusing(encode: () => Int32Array, name?: string): Int32Array {
  try {
    return encode();
  } catch (error) {
    throw new UserError([...(name ? [name] : []), messageOf(error)].join(": "));
  }
}

async function contentsOf(path: string): Promise<object> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UserError(
      `tokenizer: expected character, word or a tokenizer.json that can be read, got ${path} (${systemReason(error)})`,
    );
  });
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new UserError(
      `tokenizer: expected JSON in ${path}, got something else (${messageOf(error)})`,
    );
  }
}
