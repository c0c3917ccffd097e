import { type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import type { Rng } from "@tx/core";

const nouns = [
  ...["boy", "king", "girl", "queen", "cat", "dog"],
  ...["boys", "kings", "girls", "queens", "cats", "dogs"],
];
const adjectives = ["old", "young", "small"];
const verbs = [
  ["sees", "see"],
  ["likes", "like"],
  ["finds", "find"],
] as const;
const reflexives = ["himself", "herself", "itself", "themselves"];
const pronouns = ["he", "she", "it", "they"];

/** Every word of the small language; a token is a word's place here. */
export const words: readonly string[] = [
  ...["the", "a", "some", "that", "and", "so", "."],
  ...[...adjectives, ...nouns, ...verbs.flat(), ...reflexives, ...pronouns],
];

const ids = new Map(words.map((word, id) => [word, id]));

/** Tokens of words apart by spaces. */
export const tokensOf = (sentence: string): number[] =>
  sentence.split(" ").map((word) => {
    const id = ids.get(word);
    if (id === undefined) throw new RangeError(`word: expected one of the language, got ${word}`);
    return id;
  });

interface Sizes {
  readonly rows: number;
  /** Tokens that a model reads of each row; there is one more to be asked for. */
  readonly length: number;
}

interface Sentences {
  /** Row after row, length + 1 each. */
  readonly values: Int32Array;
  /** The least mean loss there can be on these rows: −log p of the grammar itself, nats a token. */
  readonly floor: number;
}

/**
 * Rows of sentences of a small language in which a word depends on several words before it: a verb
 * on the number of its noun, past a clause between them; "himself" on its gender; and after "and" a
 * whole sentence is turned round. Each word is drawn given all before it, so the least loss is known.
 *
 */
export function sentences({ rows, length }: Sizes, rng: Rng): Sentences {
  const values = new Int32Array(rows * (length + 1));
  let nats = 0;
  for (let row = 0; row < rows; row++) {
    const writer = new Writer(rng, length + 1);
    while (!writer.full) writeSentence(writer);
    values.set(writer.tokens, row * (length + 1));
    nats += writer.nats;
  }
  return { values, floor: nats / (rows * length) };
}

export interface Rows {
  /** int32 [rows, length + 1]; the caller's. */
  readonly tokens: Tensor2D;
  readonly floor: number;
}

/** {@link sentences} as a tensor. */
export function sentenceRows(sizes: Sizes, rng: Rng): Rows {
  const { values, floor } = sentences(sizes, rng);
  return { tokens: tensor2d(values, [sizes.rows, sizes.length + 1], "int32"), floor };
}

/** A row as it is written, and how surprising it is after its first word. */
class Writer {
  readonly tokens: number[] = [];
  nats = 0;

  constructor(
    readonly rng: Rng,
    readonly most: number,
  ) {}

  get full(): boolean {
    return this.tokens.length >= this.most;
  }

  /** Draws one of the words by its weight and writes it. */
  draw(weights: Readonly<Record<string, number>>): string {
    const entries = Object.entries(weights);
    let left = this.rng.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    const [word, weight] =
      entries.find(([, each]) => {
        left -= each;
        return left < 0;
      }) ?? entries.at(-1)!;
    const total = entries.reduce((sum, [, each]) => sum + each, 0);
    if (!this.full) {
      if (this.tokens.length > 0) this.nats -= Math.log(weight / total);
      this.tokens.push(ids.get(word)!);
    }
    return word;
  }

  /** Writes words that are certain. */
  write(...certain: string[]): void {
    for (const word of certain) this.draw({ [word]: 1 });
  }
}

function writeSentence(writer: Writer): void {
  const subject = writeNoun(writer, { adjectives: true });
  let next = writer.draw({ that: 1, ...evenly(verbsFor(subject), 3) });
  if (next === "that") {
    const inner = writeNoun(writer);
    writer.draw(evenly(verbsFor(inner)));
    next = writer.draw(evenly(verbsFor(subject)));
  }
  const after = writer.draw({ [reflexives[kindOf(subject)]!]: 1, the: 1, a: 0.5, some: 0.5 });
  if (reflexives.includes(after)) {
    writer.write(".");
    return;
  }
  const object = writer.draw(evenly(nounsAfter(after)));
  const link = writer.draw({ ".": 1, and: 1, so: 1 });
  if (link === "and") {
    const lemma = verbs.findIndex((forms) => (forms as readonly string[]).includes(next));
    writer.write("the", object, verbs[lemma]![isPlural(object) ? 1 : 0]!, "the", subject, ".");
  } else if (link === "so") {
    writer.write(pronouns[kindOf(subject)]!);
    writer.draw(evenly(verbsFor(subject)));
    writeNoun(writer);
    writer.write(".");
  }
}

/** An article and a noun that it goes with, perhaps with an adjective between; gives the noun. */
function writeNoun(writer: Writer, { adjectives: some = false } = {}): string {
  const article = writer.draw({ the: 2, a: 1, some: 1 });
  const fitting = nounsAfter(article);
  const first = writer.draw({
    ...evenly(fitting, 3),
    ...(some ? evenly(adjectives, 1) : {}),
  });
  return adjectives.includes(first) ? writer.draw(evenly(fitting)) : first;
}

/** The same weight for each, `total` together. */
const evenly = (choices: readonly string[], total = 1) =>
  Object.fromEntries(choices.map((choice) => [choice, total / choices.length]));

const isPlural = (noun: string) => nouns.indexOf(noun) >= nouns.length / 2;
const nounsAfter = (article: string) =>
  article === "the" ? nouns : nouns.filter((noun) => isPlural(noun) === (article === "some"));
const verbsFor = (noun: string) => verbs.map((forms) => forms[isPlural(noun) ? 1 : 0]);
/** Place of a noun's pronoun. */
const kindOf = (noun: string) => (isPlural(noun) ? 3 : Math.floor(nouns.indexOf(noun) / 2));
