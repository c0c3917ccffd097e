import type { Tokenizer } from "./tokenizer";

export interface CharTokenizerOptions {
  /** The character, one of them, that stands for every other. Default null: others are refused. */
  readonly unknown?: string | null;
}

/** What a {@link CharTokenizer} is rebuilt from. */
export interface CharTokenizerConfig {
  readonly kind: "charTokenizer";
  readonly version: 1;
  readonly characters: readonly string[];
  readonly unknown: string | null;
}

/**
 * One token a character. A character's id is its place in the list. A character is a Unicode code
 * point, so that an emoji is one character and not two halves.
 */
export class CharTokenizer implements Tokenizer {
  readonly characters: readonly string[];
  readonly unknown: string | null;
  readonly #ids: ReadonlyMap<string, number>;

  /**
   * @throws RangeError if an entry is not exactly one character or is there twice, or the character
   * for unknown ones is none of them.
   */
  constructor(characters: readonly string[], { unknown = null }: CharTokenizerOptions = {}) {
    this.characters = [...characters];
    this.unknown = unknown;
    this.#ids = new Map(characters.map((character, id) => [character, id]));
    for (const entry of characters) {
      if (typeof entry !== "string" || [...entry].length !== 1) {
        throw new RangeError(
          `characters: expected single characters, got ${JSON.stringify(entry)}`,
        );
      }
    }
    if (this.#ids.size !== characters.length) {
      throw new RangeError("characters: expected each once, got one twice");
    }
    if (unknown !== null && !this.#ids.has(unknown)) {
      throw new RangeError(
        `unknown: expected one of the characters, got ${JSON.stringify(unknown)}`,
      );
    }
  }

  /** The characters of a text, and the one for unknown ones, in the order of their code points. */
  static of(text: string, { unknown = null }: CharTokenizerOptions = {}): CharTokenizer {
    const characters = [...new Set(unknown === null ? text : [...text, unknown])];
    const order = (a: string, b: string) => a.codePointAt(0)! - b.codePointAt(0)!;
    return new CharTokenizer(characters.sort(order), { unknown });
  }

  /** @throws RangeError if the configuration is none, or of another version. */
  static fromJSON(config: CharTokenizerConfig): CharTokenizer {
    const { kind, version, characters, unknown } = config ?? {};
    if (kind !== "charTokenizer") {
      throw new RangeError(`kind: expected charTokenizer, got ${kind}`);
    }
    if (version !== 1) throw new RangeError(`version: expected 1, got ${version}`);
    if (!Array.isArray(characters)) {
      throw new RangeError(`characters: expected a list, got ${characters}`);
    }
    return new CharTokenizer(characters, { unknown });
  }

  toJSON(): CharTokenizerConfig {
    const { characters, unknown } = this;
    return { kind: "charTokenizer", version: 1, characters, unknown };
  }

  get vocabSize(): number {
    return this.characters.length;
  }

  has(character: string): boolean {
    return this.#ids.has(character);
  }

  /**
   * @param name What the text is, for the message.
   * @returns The id of every character.
   * @throws RangeError that names the characters which are not in the list, unless one stands for them.
   */
  encode(text: string, name = "text"): Int32Array {
    const ids = new Int32Array(text.length);
    const unknownId = this.unknown === null ? undefined : this.#ids.get(this.unknown);
    const unknown = new Set<string>();
    let count = 0;
    for (const character of text) {
      const id = this.#ids.get(character) ?? unknownId;
      if (id === undefined) unknown.add(character);
      else ids[count++] = id;
    }
    if (unknown.size > 0) {
      throw new RangeError(
        `${name}: expected only the ${this.vocabSize} characters that the tokenizer knows, got ${list(unknown)}`,
      );
    }
    return ids.slice(0, count);
  }

  /** The characters of the ids; U+FFFD for an id that is none. */
  decode(ids: Iterable<number>): string {
    return Array.from(ids, (id) => this.characters[id] ?? "\ufffd").join("");
  }
}

/** The first few characters, readable and by number: "é" (U+00E9). */
function list(characters: ReadonlySet<string>, most = 5): string {
  const shown = [...characters].slice(0, most).map((character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `${JSON.stringify(character)} (U+${code})`;
  });
  const rest = characters.size - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
