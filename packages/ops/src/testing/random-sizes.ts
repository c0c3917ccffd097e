/** Sizes drawn at random, the same ones for the same seed. */
export class RandomSizes {
  #state: number;

  /** @param tail What {@link withTail} leaves over, 0 to 7. */
  constructor(
    seed: number,
    readonly tail: number,
  ) {
    this.#state = seed;
  }

  /** In [0, 1). */
  share(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** From 1 up. */
  upTo(most: number): number {
    return 1 + Math.floor(this.share() * most);
  }

  /** From 1 up to about most, with the tail over where it is divided by eight. */
  withTail(most: number): number {
    return Math.max(1, 8 * Math.floor((this.share() * most) / 8) + this.tail);
  }

  oneOf<T>(...choices: readonly T[]): T {
    return choices[Math.floor(this.share() * choices.length)]!;
  }
}
