import type { Rng } from "@tx/core";
import { type IntRows, maskTokens } from "@tx/training";
import { bestNats, drawSentence, LONGEST, MASK, PAD, vocabulary } from "./cloze";

/** Sentences with some of their words asked for. */
export interface ClozeRows {
  /** Every word as it is. */
  readonly words: IntRows;
  /** What is put in the place of the words: some hidden, some exchanged. */
  readonly inputs: IntRows;
  /** The word where one is asked for; −100 elsewhere. */
  readonly labels: IntRows;
  /** 1 where there is a word, 0 for padding. */
  readonly visible: IntRows;
  /** 1 where there is a word that is not asked for. */
  readonly shown: IntRows;
  /** Mean nats that the grammar itself would lose on what is asked for, seeing all other words. */
  readonly best: number;
}

interface ClozeOptions {
  readonly sentences: number;
  /** Chance of each word to be asked for. */
  readonly probability: number;
  /** Share of those that become [mask], and share that become another word. */
  readonly maskShare: number;
  readonly randomShare: number;
  readonly rng: Rng;
}

/** New sentences, each a row that is padded to the longest, as BERT is asked about them. */
export function clozeRows({ sentences, rng, ...shares }: ClozeOptions): ClozeRows {
  const drawn = Array.from({ length: sentences }, () => drawSentence(rng));
  const shape = [sentences, LONGEST] as const;
  const padded = (row: readonly number[]) => [...row, ...Array(LONGEST - row.length).fill(PAD)];
  const words = Int32Array.from(drawn.flatMap(padded));
  const { inputs, labels } = maskTokens(words, {
    ...{ vocabSize: vocabulary.length, maskId: MASK!, specialIds: [PAD!], rng },
    ...shares,
  });
  const isWord = words.map((token) => Number(token !== PAD));
  const isShown = isWord.map((word, n) => (labels[n] === -100 ? word : 0));
  const nats = drawn.flatMap((sentence, row) =>
    sentence.flatMap((_, place) =>
      labels[row * LONGEST + place] === -100
        ? []
        : [bestNats(sentence, place, (other) => isShown[row * LONGEST + other] === 1, true)],
    ),
  );
  const rows = (values: Int32Array): IntRows => ({ values, shape });
  return {
    ...{ words: rows(words), inputs: rows(inputs), labels: rows(labels) },
    ...{ visible: rows(isWord), shown: rows(isShown) },
    best: nats.reduce((sum, one) => sum + one, 0) / Math.max(1, nats.length),
  };
}
