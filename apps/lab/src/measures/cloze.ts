import type { Rng } from "@tx/core";
import type { IntRows } from "@tx/training";

type Number = "singular" | "plural";

const determiners = { singular: ["the", "a"], plural: ["the", "some"] } as const;
const adjectives = ["old", "young", "small", "red"];
const nouns = {
  singular: ["cat", "dog", "bird", "horse", "king", "girl"],
  plural: ["cats", "dogs", "birds", "horses", "kings", "girls"],
};
const verbs = {
  singular: ["sees", "likes", "finds", "hears"],
  plural: ["see", "like", "find", "hear"],
};

/** Every word: a token is a word's place here. The first is padding, the second hides a word. */
export const vocabulary: readonly string[] = [
  ...["[pad]", "[mask]", ".", "the", "a", "some"],
  ...[...adjectives, ...nouns.singular, ...nouns.plural, ...verbs.singular, ...verbs.plural],
];
export const [PAD, MASK, STOP] = [0, 1, 2];
/** Words of the longest sentence. */
export const LONGEST = 8;

const ids = new Map(vocabulary.map((word, id) => [word, id]));
const idsOf = (words: readonly string[]) => words.map((word) => ids.get(word)!);

/** For each place of a sentence the words that can stand there, all as likely. */
type Pattern = readonly (readonly number[])[];

/** The sixteen patterns, all as likely: number of both nouns, and whether each has an adjective. */
const patterns: readonly Pattern[] = (["singular", "plural"] as const).flatMap((subject) =>
  (["singular", "plural"] as const).flatMap((object) =>
    [false, true].flatMap((first) =>
      [false, true].map((second) => [
        ...phrase(subject, first),
        idsOf(verbs[subject]),
        ...phrase(object, second),
        [STOP!],
      ]),
    ),
  ),
);

function phrase(number: Number, adjective: boolean): Pattern {
  return [
    idsOf(determiners[number]),
    ...(adjective ? [idsOf(adjectives)] : []),
    idsOf(nouns[number]),
  ];
}

/** A sentence such as "some young cats see the dog .", where the verb goes with the first noun. */
export function drawSentence(rng: Rng): number[] {
  const pattern = patterns[rng.integer(patterns.length)]!;
  return pattern.map((choices) => choices[rng.integer(choices.length)]!);
}

/** Whether these tokens are a sentence, its stop included. */
export const isSentence = (tokens: readonly number[]): boolean =>
  patterns.some(
    (pattern) =>
      pattern.length === tokens.length &&
      pattern.every((choices, place) => choices.includes(tokens[place]!)),
  );

/**
 * −log of the chance of the word at a place for someone who knows the grammar, in nats.
 *
 * @param shown Whether the word of each place is known.
 * @param whole Whether it is known how long the sentence is.
 */
export function bestNats(
  tokens: readonly number[],
  place: number,
  shown: (place: number) => boolean,
  whole: boolean,
): number {
  let [fits, right] = [0, 0];
  for (const pattern of patterns) {
    if (whole && pattern.length !== tokens.length) continue;
    let chance = 1;
    for (const [other, token] of tokens.entries()) {
      if (shown(other)) chance *= chanceOf(pattern[other], token);
    }
    fits += chance;
    right += chance * chanceOf(pattern[place], tokens[place]!);
  }
  return -Math.log(right / fits);
}

const chanceOf = (choices: readonly number[] | undefined, token: number) =>
  choices?.includes(token) ? 1 / choices.length : 0;

/** Rows of sentences one after the other, and the nats of each token given those before it. */
export function textRows(
  count: number,
  length: number,
  rng: Rng,
): IntRows & { readonly nats: Float32Array } {
  const values = new Int32Array(count * length);
  const nats = new Float32Array(count * length);
  for (let row = 0; row < count; row++) {
    // A stop first, as after a sentence before.
    values[row * length] = STOP!;
    for (let place = 1; place < length; ) {
      const sentence = drawSentence(rng);
      for (const [n, token] of sentence.entries()) {
        if (place >= length) break;
        values[row * length + place] = token;
        nats[row * length + place] = bestNats(sentence, n, (other) => other < n, false);
        place++;
      }
    }
  }
  return { values, nats, shape: [count, length] };
}

/** Tokens as words. */
export const wordsOf = (tokens: readonly number[]): string =>
  tokens.map((token) => vocabulary[token]!).join(" ");
