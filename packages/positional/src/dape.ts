import {
  add,
  broadcastTo,
  reshape,
  type Tensor,
  type Tensor4D,
  tidy,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  checkShapes,
  Module,
  type Positional,
  type PositionalConfig,
  type Rng,
  type ScoreContext,
} from "@tx/core";
import { allowedKeys } from "@tx/ops";
import { PairMlp } from "./pair-mlp";

export interface DapeOptions {
  /** The strategy whose bias is adapted, and which does nothing else. It becomes a part of this one. */
  around: Positional;
  /** Number of heads. */
  heads: number;
  /** Width of the networks' hidden layer. Default 32. */
  hidden?: number;
  /** Layers that it serves, each with a network of its own. Default 1. */
  layers?: number;
  /** Source of the networks' first values. */
  rng: Rng;
}

/**
 * Biases that adapt to the data: to scores S and the bias B of another strategy it adds what a small
 * network makes of both, S + B + network([S; B]). The network sees all heads of a pair of tokens, and
 * no other pair; its hidden layer is formed for every pair.
 *
 * @see Zheng et al. 2024, DAPE, §3, https://arxiv.org/abs/2405.14722
 */
export class Dape extends Module implements Positional {
  readonly kind = "dape";
  readonly readsScores = true;
  readonly relative: boolean;
  readonly maxLen?: number;
  /** Owned: disposed with this one. */
  readonly around: Positional;
  readonly networks: PairMlp[];
  readonly heads: number;
  readonly hidden: number;

  /** @throws RangeError if around does not bias or does more than that, or a number is out of range. */
  constructor({ around, heads, hidden = 32, layers = 1, rng }: DapeOptions) {
    super();
    checkAround(around);
    for (const [name, count] of Object.entries({ heads, hidden, layers })) checkCount(name, count);
    this.relative = around.relative ?? false;
    if (around.maxLen !== undefined) this.maxLen = around.maxLen;
    this.around = around;
    this.heads = heads;
    this.hidden = hidden;
    // The slope of LeakyReLU in the authors' code.
    const options = { hidden, outputs: heads, slope: 0.01, rng };
    this.networks = Array.from({ length: layers }, () => new PairMlp(2 * heads, options));
  }

  /**
   * @param scores [batch, heads, queries, keys]
   * @returns scores + bias + network([scores; bias]); scores that the mask hides are 0 for the network.
   * @throws RangeError if there is no such layer; ShapeError if there are other heads; what the
   *   strategy around which it is throws.
   */
  scores(scores: Tensor4D, { span, mask, layer }: ScoreContext): Tensor4D {
    const network = this.networks[layer];
    if (!network)
      throw new RangeError(`layer: expected one of ${this.networks.length}, got ${layer}`);
    const { heads } = this;
    const { batch, queries, keys } = checkShapes([
      "scores",
      scores,
      `batch ${heads} queries keys`,
    ]) as Record<"batch" | "queries" | "keys", number>;
    return tidy(() => {
      const own = this.around.forLayer?.(layer) ?? this.around;
      const bias = spread(own.bias!(heads, span, layer), [heads, queries, keys]);
      // Hidden ones may be so large that the network would make infinities, and NaN, of them.
      const allowed = allowedKeys(mask, { batch, heads, queries, keys });
      const seen = allowed ? where(allowed, scores, zerosLike(scores)) : scores;
      return add(add(scores, bias), network.forward(seen as Tensor4D, bias));
    });
  }

  toJSON(): PositionalConfig {
    const { kind, around, heads, hidden, networks } = this;
    return { kind, version: 1, around: around.toJSON(), heads, hidden, layers: networks.length };
  }
}

/** @throws RangeError if a strategy does not bias, or does more than that. */
function checkAround(around: Positional): void {
  const { embed, rotate, scores, values } = around;
  if (!around.bias || embed || rotate || scores || values || around.memory) {
    throw new RangeError(`around: expected a strategy that biases only, got ${around.kind}`);
  }
}

/** A bias with its four axes, all but the batch as long as the scores'. */
function spread(bias: Tensor, [heads, queries, keys]: [number, number, number]): Tensor4D {
  const shape = [...Array<number>(4 - bias.rank).fill(1), ...bias.shape];
  const batch = shape[0]!;
  return broadcastTo(reshape(bias, shape), [batch, heads, queries, keys]);
}

/** Biases adapted to the data; see {@link Dape}. */
export function dape(options: DapeOptions): Dape {
  return new Dape(options);
}
