import type { Rng } from "@tx/core";
import type { TextOptions } from "./generate-options";
import { penalizeRepetition } from "./repetition-penalty";
import { sample } from "./sample";

/** A text that new tokens are drawn for, from its own stream of choices. */
export class GrowingText {
  readonly ids: number[];
  readonly #promptLength: number;
  readonly #options: TextOptions;
  readonly #rng: Rng;

  constructor(
    /** Its place among the prompts. */
    readonly row: number,
    prompt: readonly number[],
    rng: Rng,
    options: TextOptions,
  ) {
    this.ids = [...prompt];
    this.#promptLength = prompt.length;
    this.#options = options;
    this.#rng = rng;
  }

  /** Draws the next token from its logits, and takes it in. */
  grow(logits: Float32Array): number {
    const { temperature, topK, topP, minP, repetitionPenalty = 1 } = this.#options;
    const scores =
      repetitionPenalty === 1 ? logits : penalizeRepetition(logits, this.ids, repetitionPenalty);
    const id = sample(scores, { temperature, topK, topP, minP, rng: this.#rng });
    this.ids.push(id);
    return id;
  }

  /** Whether its last token, or its last tokens, end it. */
  get ended(): boolean {
    const { endToken, stopSequences } = this.#options;
    if (this.ids.at(-1) === endToken) return true;
    return stopSequences?.some((sequence) => this.#endsWith(sequence)) ?? false;
  }

  #endsWith(sequence: readonly number[]): boolean {
    const start = this.ids.length - sequence.length;
    return start >= this.#promptLength && sequence.every((id, n) => this.ids[start + n] === id);
  }
}
