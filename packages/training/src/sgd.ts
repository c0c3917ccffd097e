import { add, mul, sub } from "@tensorflow/tfjs-core";
import {
  checkShares,
  SlotOptimizer,
  type SlotOptimizerOptions,
  type Update,
} from "./slot-optimizer";

/** weightDecay is 0 by default; it is added to the gradient. */
export interface SgdOptions extends SlotOptimizerOptions {
  /** Share of the velocity that lives on, in [0, 1). Default 0, which needs no memory. */
  momentum?: number;
  /** Looks ahead along the velocity; needs momentum. Default false. */
  nesterov?: boolean;
}

/**
 * Gradient descent, with momentum if wanted: v ← momentum · v + g, x ← x − rate · v, with Nesterov's
 * x ← x − rate · (g + momentum · v), as torch has them.
 *
 * @throws RangeError (constructor) for a momentum outside [0, 1), a negative decay, or nesterov
 *   without momentum.
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning, §2
 */
export class Sgd extends SlotOptimizer<"velocity"> {
  readonly #momentum: number;
  readonly #nesterov: boolean;

  constructor({ momentum = 0, nesterov = false, ...options }: SgdOptions) {
    checkShares({ momentum });
    if (nesterov && momentum === 0) {
      throw new RangeError("nesterov: expected a momentum above 0 with it, got 0");
    }
    super(options, (shape) =>
      // Without momentum there is no slot at all, and update never asks for one.
      momentum > 0 ? { velocity: shape } : ({} as { velocity: number[] }),
    );
    this.#momentum = momentum;
    this.#nesterov = nesterov;
  }

  protected update(update: Update<"velocity">): void {
    const { parameter, gradientScale, rate, decay, slots } = update;
    const scaled = gradientScale ? mul(update.gradient, gradientScale) : update.gradient;
    const gradient = decay > 0 ? add(scaled, mul(parameter, decay)) : scaled;
    if (this.#momentum === 0) {
      parameter.assign(sub(parameter, mul(gradient, rate)));
      return;
    }
    const velocity = add(mul(slots.velocity, this.#momentum), gradient);
    const direction = this.#nesterov ? add(gradient, mul(velocity, this.#momentum)) : velocity;
    parameter.assign(sub(parameter, mul(direction, rate)));
    slots.velocity.assign(velocity);
  }
}
