import { add, mul, sign, sub } from "@tensorflow/tfjs-core";
import {
  checkShares,
  SlotOptimizer,
  type SlotOptimizerOptions,
  type Update,
} from "./slot-optimizer";

/** weightDecay is 0 by default; it is decoupled, as AdamW's. */
export interface LionOptions extends SlotOptimizerOptions {
  /** Share of the momentum in the direction of an update. Default 0.9. */
  beta1?: number;
  /** Share of the momentum that lives on. Default 0.99. */
  beta2?: number;
}

/**
 * Steps of one size by the sign of momentum and gradient, with half of Adam's memory. Rates are to be
 * 3 to 10 times smaller than AdamW's, and decays as much larger.
 *
 * @throws RangeError (constructor) for a beta outside [0, 1), or a negative decay.
 * @see Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, algorithm 2,
 *   https://arxiv.org/abs/2302.06675
 */
export class Lion extends SlotOptimizer<"momentum"> {
  readonly #settings: { beta1: number; beta2: number };

  constructor({ beta1 = 0.9, beta2 = 0.99, ...options }: LionOptions) {
    checkShares({ beta1, beta2 });
    super(options, (shape) => ({ momentum: shape }));
    this.#settings = { beta1, beta2 };
  }

  protected update(update: Update<"momentum">): void {
    const { parameter, gradientScale, rate, decay, slots } = update;
    const { beta1, beta2 } = this.#settings;
    const { momentum } = slots;
    const gradient = gradientScale ? mul(update.gradient, gradientScale) : update.gradient;
    const direction = sign(add(mul(momentum, beta1), mul(gradient, 1 - beta1)));
    const kept = decay > 0 ? mul(parameter, 1 - rate * decay) : parameter;
    parameter.assign(sub(kept, mul(direction, rate)));
    momentum.assign(add(mul(momentum, beta2), mul(gradient, 1 - beta2)));
  }
}
