import {
  abs,
  add,
  div,
  expandDims,
  log1p,
  mul,
  relu,
  sub,
  type Tensor,
  type Tensor4D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  constant,
  Module,
  ones,
  type Positional,
  type PositionalConfig,
  parameter,
  type Rng,
  type Span,
} from "@tx/core";
import { biasByDistance, positionsOf } from "./distances";
import { PairMlp } from "./pair-mlp";

export interface FireOptions {
  /** Number of heads. */
  heads: number;
  /** Width of the network's hidden layer. Default 32. */
  hidden?: number;
  /** First value of L in tokens: up to this position distances are not divided by it. Default 512. */
  threshold?: number;
  /** First value of c, which says how much finer near distances are told apart. Default 0.1. */
  c?: number;
  /** Source of the network's first values. */
  rng: Rng;
}

// As in the authors' code: a quotient of two zeros, which c = 0 would make, is zero.
const EPSILON = 1e-6;

/**
 * Biases that a small network makes of the distance as a share of the query's position: so longer
 * texts than those of training show it no new inputs. Shared by the layers that share the strategy.
 * Any length, either direction, by the absolute distance; the network's hidden layer is formed for
 * every pair of tokens.
 *
 * bias = network(ψ(|i − j|) / ψ(max(L, i))), ψ(x) = ln(c · x + 1), of a query at position i ≥ 0 and a
 * key at j. L and c are learned; a negative one is taken for its absolute value.
 *
 * @see Li et al. 2023, Functional Interpolation for Relative Positions, §3,
 *   https://arxiv.org/abs/2310.04418
 */
export class Fire extends Module implements Positional {
  readonly kind = "fire";
  readonly network: PairMlp;
  /** c, a scalar. */
  readonly c: Variable;
  /** L as a multiple of the threshold, a scalar: of a size that optimizers can move. */
  readonly multiplier: Variable;
  readonly heads: number;
  readonly hidden: number;
  readonly threshold: number;

  /** @throws RangeError if an option is out of range. */
  constructor({ heads, hidden = 32, threshold = 512, c = 0.1, rng }: FireOptions) {
    super();
    checkCount("heads", heads);
    checkCount("hidden", hidden);
    checkPositive("threshold", threshold);
    checkPositive("c", c);
    this.heads = heads;
    this.hidden = hidden;
    this.threshold = threshold;
    this.network = new PairMlp(1, { hidden, outputs: heads, slope: 0, rng });
    this.c = parameter([], constant(c));
    this.multiplier = parameter([], ones);
  }

  /**
   * @param heads The number that it was made for.
   * @returns [1, heads, queries, keys]; with explicit positions [batch, heads, queries, keys].
   * @throws RangeError if heads is another number; ShapeError if explicit positions do not fit the
   *   span.
   */
  bias(heads: number, span: Span): Tensor4D {
    if (heads !== this.heads) throw new RangeError(`heads: expected ${this.heads}, got ${heads}`);
    return tidy(() => {
      const far = biasByDistance(span, (distances) => expandDims(this.#psi(abs(distances)), 1));
      const positions = positionsOf("span.q.ids", span.q);
      // The larger of the two by a sum: tfjs's own gradient of a maximum that broadcasts is wrong.
      const threshold = abs(mul(this.multiplier, this.threshold));
      const longest = add(positions, relu(sub(threshold, positions)));
      const whole = expandDims(expandDims(this.#psi(longest), 1), 3);
      return this.network.forward(div(far, add(whole, EPSILON)) as Tensor4D);
    });
  }

  toJSON(): PositionalConfig {
    const { kind, heads, hidden, threshold } = this;
    return { kind, version: 1, heads, hidden, threshold };
  }

  #psi(x: Tensor): Tensor {
    return log1p(mul(x, abs(this.c)));
  }
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`${name}: expected a positive number, got ${value}`);
  }
}

/** Biases of a network by the share of the position; see {@link Fire}. */
export function fire(options: FireOptions): Fire {
  return new Fire(options);
}
