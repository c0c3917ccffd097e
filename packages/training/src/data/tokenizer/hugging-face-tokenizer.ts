import { Tokenizer as Library } from "@huggingface/tokenizers";
import { checkIds } from "./check-ids";
import type { Tokenizer } from "./tokenizer";

export interface HuggingFaceTokenizerOptions {
  /** The contents of the `tokenizer_config.json` beside it, if there is one. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A {@link Tokenizer} by the rules of a `tokenizer.json`. */
export interface HuggingFaceTokenizer extends Tokenizer {
  /**
   * @param options addSpecialTokens: put in front and behind what the file's post-processor says,
   * such as [CLS] and [SEP]. Default false: nothing but the text.
   * @throws RangeError if what stands for unknown text is no token itself. A byte-pair file that names
   * nothing for it leaves such text out, as the original library does; at byte level there is none.
   */
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): number[];
  /**
   * The text exactly as the tokens spell it: no spaces are cleaned up.
   *
   * @param options skipSpecialTokens: leave them out. Default false.
   * @throws RangeError if an id is none of the tokenizer's.
   */
  decode(ids: Iterable<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /** The id of a token as the file spells it, such as "<|endoftext|>"; undefined if there is none. */
  idOf(token: string): number | undefined;
}

/**
 * A tokenizer (byte-pair, WordPiece, Unigram) from the contents of a Hugging Face `tokenizer.json`,
 * through the library `@huggingface/tokenizers`, which is to be installed beside this package.
 *
 * @param contents What JSON.parse gave for the file.
 * Of somebody unknown: numbers out of range are refused, and no code is run. Its patterns are run as
 * regular expressions, which may take long over a text if they are made to.
 *
 * @throws RangeError if it is no such file or of a kind that the library does not know, which may come
 *   to light only with a text; or if an id is not below 2²².
 * @see https://github.com/huggingface/tokenizers.js
 */
export function huggingFaceTokenizer(
  contents: object,
  { config = {} }: HuggingFaceTokenizerOptions = {},
): HuggingFaceTokenizer {
  const library = open(contents, config);
  const ids = [...library.get_vocab(true).values()].filter((id) => library.id_to_token(id) != null);
  const known = new Set(ids);
  const vocabSize = ids.reduce((most, id) => Math.max(most, id), -1) + 1;
  return {
    vocabSize,
    encode(text, { addSpecialTokens = false } = {}) {
      if (typeof text !== "string") {
        throw new RangeError(`text: expected a string, got ${typeof text}`);
      }
      const encoded = asTold(() => library.encode(text, { add_special_tokens: addSpecialTokens }));
      const missing = encoded.ids.findIndex((id) => !known.has(id));
      if (missing !== -1) {
        const token = JSON.stringify(encoded.tokens[missing]);
        throw new RangeError(`text: expected what the tokenizer has tokens for, got ${token}`);
      }
      return encoded.ids;
    },
    decode(list, { skipSpecialTokens = false } = {}) {
      const wanted = [...list];
      for (const id of wanted) {
        if (!known.has(id)) {
          throw new RangeError(`ids: expected those of the tokenizer's tokens, got ${id}`);
        }
      }
      // The library refuses an empty list.
      if (wanted.length === 0) return "";
      return asTold(() =>
        library.decode(wanted, {
          skip_special_tokens: skipSpecialTokens,
          clean_up_tokenization_spaces: false,
        }),
      );
    },
    idOf: (token) => library.token_to_id(token),
  };
}

function open(contents: object, config: object): Library {
  if (typeof contents !== "object" || contents === null) {
    throw new RangeError(
      `contents: expected those of a tokenizer.json, parsed, got ${typeof contents}`,
    );
  }
  checkIds(contents);
  const { added_tokens = [] } = contents as { readonly added_tokens?: readonly object[] };
  return asTold(() => new Library({ ...contents, added_tokens }, config));
}

/** The library meets some of what is wrong with a file only where it has to do with it. */
function asTold<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RangeError(`contents: expected those of a tokenizer.json, got others (${reason})`, {
      cause: error,
    });
  }
}
