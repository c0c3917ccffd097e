import type { Progress, Text } from "../experiment/experiment";

/** Milliseconds of work between two yields. */
const OFTEN = 50;
/** So many parts are told of at once, so that a stop is heard early however fast the machine is. */
const FIRST = 5;

/** Counts what is done of an experiment, and tells of it now and then. */
export class Meter {
  #done = 0;
  #told = performance.now();
  #calls = 0;
  /** What is being done. */
  note: Text | undefined;

  /** @param of How many parts there are in all. */
  constructor(readonly of: number) {}

  /** `yield* meter.did()` after each part: yields where the last time is long enough ago. */
  *did(parts = 1): Generator<Progress, void, void> {
    this.#done = Math.min(this.of, this.#done + parts);
    this.#calls++;
    if (this.#calls > FIRST && performance.now() - this.#told < OFTEN) return;
    yield { done: this.#done, of: this.of, ...(this.note && { note: this.note }) };
    this.#told = performance.now();
  }
}
