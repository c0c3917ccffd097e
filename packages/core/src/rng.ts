/**
 * A stream of random numbers, the same for the same seed, whose place can be saved: all
 * randomness in tx comes from one of these.
 *
 * Mulberry32 by Tommy Ettinger: 32 bits of state, fast, good enough for initial weights, dropout
 * and shuffling.
 */
export class Rng {
  #state: number;

  /** @throws RangeError if seed is not a whole number. */
  constructor(seed: number) {
    checkWhole("seed", seed);
    this.#state = seed | 0;
  }

  /**
   * A seed for one random operation, in [1, 2³¹].
   *
   * Never 0: tfjs-core 4.22.0 takes 0 for "no seed" in randomNormal and truncatedNormal.
   */
  nextSeed(): number {
    return (this.#next() >>> 1) + 1;
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /**
   * A whole number in [0, below).
   *
   * @throws RangeError if below is not a whole number in [1, 2³²].
   */
  integer(below: number): number {
    if (!(Number.isInteger(below) && below >= 1 && below <= 2 ** 32)) {
      throw new RangeError(`below: expected a whole number in [1, 2^32], got ${below}`);
    }
    return Math.floor(this.uniform() * below);
  }

  /** The stream's place, a whole number: save it, and set it to go on from there. */
  get state(): number {
    return this.#state;
  }

  /** @throws RangeError if state is not a whole number. */
  set state(state: number) {
    checkWhole("state", state);
    this.#state = state | 0;
  }

  /** A stream that goes on from a saved place. */
  static fromState(state: number): Rng {
    return new Rng(state);
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${name}: expected a whole number, got ${value}`);
  }
}
