import { UserError } from "./user-error";

/**
 * The characters that a model knows. A character's id is its place in the list. A character is a
 * Unicode code point, so that an emoji is one character and not two halves.
 */
export class Vocabulary {
  private readonly ids: ReadonlyMap<string, number>;

  /** @throws RangeError if an entry is not exactly one character, or is there twice. */
  constructor(readonly characters: readonly string[]) {
    this.ids = new Map(characters.map((character, id) => [character, id]));
    if (
      this.ids.size !== characters.length ||
      characters.some((entry) => [...entry].length !== 1)
    ) {
      throw new RangeError("vocabulary: expected single characters, each once, got others");
    }
  }

  /** The characters of a text in the order of their code points. */
  static of(text: string): Vocabulary {
    const characters = [...new Set(text)];
    return new Vocabulary(characters.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!));
  }

  get size(): number {
    return this.characters.length;
  }

  has(character: string): boolean {
    return this.ids.has(character);
  }

  /**
   * @param name what the text is, for the message
   * @returns the id of every character
   * @throws UserError that names the characters which are not in the vocabulary.
   */
  encode(text: string, name: string): Int32Array {
    const ids = new Int32Array(text.length);
    const unknown = new Set<string>();
    let count = 0;
    for (const character of text) {
      const id = this.ids.get(character);
      if (id === undefined) unknown.add(character);
      else ids[count++] = id;
    }
    if (unknown.size > 0) {
      throw new UserError(
        `${name}: expected only the ${this.size} characters that the model knows, got ${list(unknown)}`,
      );
    }
    return ids.slice(0, count);
  }

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
