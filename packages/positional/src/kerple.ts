import {
  abs,
  clipByValue,
  exp,
  expandDims,
  log,
  log1p,
  maximum,
  mul,
  neg,
  randomUniform,
  reshape,
  step,
  type Tensor,
  type Tensor4D,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkCount,
  Module,
  type Positional,
  type PositionalConfig,
  parameter,
  type Rng,
  type Span,
} from "@tx/core";
import { biasByDistance } from "./distances";

/** "log": −r1 · ln(1 + r2 · |distance|). "power": −r1 · |distance|^r2. */
export type KerpleForm = "log" | "power";

export interface KerpleOptions {
  /** Number of heads. */
  heads: number;
  /** Which kernel. Default "log". */
  form?: KerpleForm;
  /** Source of the first values. */
  rng: Rng;
}

// The authors' code keeps both parameters from here on.
const LEAST = 1e-2;
// An exponent above it would leave the kernels conditionally positive definite no more.
const LARGEST_EXPONENT = 2;

/**
 * Biases that fall with the distance as a kernel with two learned numbers for each head says, shared
 * by the layers that share the strategy. Any length, either direction.
 *
 * r1 and r2 are read as 0.01 where they are lower, the exponent of the power form as 2 where it is
 * higher; beyond these ends their gradient is zero.
 *
 * @see Chi et al. 2022, KERPLE, §4, https://arxiv.org/abs/2205.09921
 */
export class Kerple extends Module implements Positional {
  readonly kind = "kerple";
  readonly relative = true;
  /** [heads], how much scores fall. First values uniform in 0 to 2, as in the authors' code. */
  readonly r1: Variable;
  /** [heads], how fast, or the exponent. First values uniform in 0 to 1, or to 2 in power form. */
  readonly r2: Variable;
  readonly heads: number;
  readonly form: KerpleForm;

  /** @throws RangeError if heads is not a whole number from 1 or the form is unknown. */
  constructor({ heads, form = "log", rng }: KerpleOptions) {
    super();
    checkCount("heads", heads);
    if (form !== "log" && form !== "power") {
      throw new RangeError(`form: expected "log" or "power", got "${form}"`);
    }
    this.heads = heads;
    this.form = form;
    // From the least on: a head whose first value lay below would never learn.
    const uniform = (end: number) =>
      parameter([heads], (shape) =>
        clipByValue(randomUniform(shape, 0, end, "float32", rng.nextSeed()), LEAST, end),
      );
    this.r1 = uniform(2);
    this.r2 = uniform(form === "log" ? 1 : LARGEST_EXPONENT);
  }

  /**
   * @param heads The number that it was made for.
   * @returns [1, heads, queries, keys]; with explicit positions [batch, heads, queries, keys].
   * @throws RangeError if heads is another number; ShapeError if explicit positions do not fit the
   *   span.
   */
  bias(heads: number, span: Span): Tensor4D {
    if (heads !== this.heads) throw new RangeError(`heads: expected ${this.heads}, got ${heads}`);
    return biasByDistance(span, (distances) => {
      const away = expandDims(abs(distances), 1);
      const fall = this.form === "log" ? this.#logarithm(away) : this.#power(away);
      return mul(fall, neg(this.#perHead(this.r1)));
    });
  }

  toJSON(): PositionalConfig {
    const { kind, heads, form } = this;
    return { kind, version: 1, heads, form };
  }

  #logarithm(away: Tensor): Tensor {
    return log1p(mul(away, this.#perHead(this.r2)));
  }

  /** By the logarithm, since that of 0 in the gradient of a power is infinite. */
  #power(away: Tensor): Tensor {
    const exponent = this.#perHead(this.r2, LARGEST_EXPONENT);
    return mul(exp(mul(log(maximum(away, 1)), exponent)), step(away));
  }

  #perHead(values: Variable, end = 1e30): Tensor {
    return reshape(clipByValue(values, LEAST, end), [1, this.heads, 1, 1]);
  }
}

/** Biases of a learned kernel; see {@link Kerple}. */
export function kerple(options: KerpleOptions): Kerple {
  return new Kerple(options);
}
