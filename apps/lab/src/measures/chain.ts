import { checkCount, type Rng } from "@tx/core";
import type { IntRows } from "@tx/training";

interface ChainOptions {
  /** Number of tokens there are. */
  readonly vocabSize: number;
  /** How many places back the tokens lie that each next one depends on. */
  readonly lags: readonly number[];
  /** Spread of the logits that the chances are made of: larger is easier to foresee. Default 2. */
  readonly sharpness?: number;
  /** Source of the chances. */
  readonly rng: Rng;
}

/** Rows of a chain, and what the best of all models would lose on them. */
export interface ChainRows extends IntRows {
  /** −log of the chance that the chain itself gave each token, in nats; as values. */
  readonly nats: Float32Array;
}

/**
 * Texts without meaning, as many as one likes: each token is drawn by chances that depend on those a
 * few places before. So it is known what the best of all models would lose, and that only who knows
 * how far back a token lies can come near it.
 */
export class Chain {
  readonly vocabSize: number;
  readonly lags: readonly number[];
  /** chances[context · vocabSize + token] */
  readonly #chances: Float64Array;

  constructor({ vocabSize, lags, sharpness = 2, rng }: ChainOptions) {
    checkCount("vocabSize", vocabSize, 2);
    for (const lag of lags) checkCount("lags", lag);
    this.vocabSize = vocabSize;
    this.lags = lags;
    const contexts = vocabSize ** lags.length;
    this.#chances = new Float64Array(contexts * vocabSize);
    for (let context = 0; context < contexts; context++) {
      const weights = Array.from({ length: vocabSize }, () => Math.exp(sharpness * gaussian(rng)));
      const sum = weights.reduce((a, b) => a + b);
      const at = context * vocabSize;
      for (const [token, weight] of weights.entries()) this.#chances[at + token] = weight / sum;
    }
  }

  /** The first tokens, to which nothing leads, are all as likely. */
  rows(count: number, length: number, rng: Rng): ChainRows {
    const values = new Int32Array(count * length);
    const nats = new Float32Array(count * length);
    for (let row = 0; row < count; row++) {
      for (let place = 0; place < length; place++) {
        const at = row * length + place;
        [values[at], nats[at]] = this.#drawn(values, at, place, rng);
      }
    }
    return { values, nats, shape: [count, length] };
  }

  #drawn(values: Int32Array, at: number, place: number, rng: Rng): [token: number, nats: number] {
    const { vocabSize, lags } = this;
    if (lags.some((lag) => lag > place)) return [rng.integer(vocabSize), Math.log(vocabSize)];
    const context = lags.reduce((sum, lag) => sum * vocabSize + values[at - lag]!, 0);
    let left = rng.uniform();
    for (let token = 0; ; token++) {
      const chance = this.#chances[context * vocabSize + token]!;
      left -= chance;
      if (left < 0 || token === vocabSize - 1) return [token, -Math.log(chance)];
    }
  }
}

/** A number of mean 0 and variance 1, by Box and Muller. */
function gaussian(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.uniform())) * Math.cos(2 * Math.PI * rng.uniform());
}
