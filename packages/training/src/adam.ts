import { add, mul, type Scalar, type Tensor } from "@tensorflow/tfjs-core";
import { adamWUpdate } from "@tx/ops";
import {
  checkFromZero,
  checkShares,
  SlotOptimizer,
  type SlotOptimizerOptions,
  type Update,
} from "./slot-optimizer";

/** weightDecay is 0 by default for Adam, 0.01 for AdamW. */
export interface AdamOptions extends SlotOptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to the root of the corrected second moment. Default 1e-8. */
  eps?: number;
}

type Moment = "firstMoment" | "secondMoment";

/** What Adam and AdamW share: moments by path, and the update. */
abstract class AdamFamily extends SlotOptimizer<Moment> {
  readonly canSkipNaN = true;
  readonly #settings: { beta1: number; beta2: number; eps: number };

  protected constructor(
    { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, ...options }: AdamOptions,
    private readonly decoupled: boolean,
  ) {
    checkShares({ beta1, beta2 });
    checkFromZero({ eps });
    super(options, (shape) => ({ firstMoment: shape, secondMoment: shape }));
    this.#settings = { beta1, beta2, eps };
  }

  protected update(update: Update<Moment>): void {
    const { parameter, gradient, gradientScale, skipNaN, slots, decay, rate, step } = update;
    const { firstMoment, secondMoment } = slots;
    const coupled = !this.decoupled && decay > 0;
    const scaled = coupled && gradientScale ? mul(gradient, gradientScale) : gradient;
    // Coupled decay is not scaled: then the scale has been applied, and only says whether to skip.
    const gate = coupled && skipNaN && gradientScale ? nanOrOne(gradientScale) : undefined;
    const next = adamWUpdate(
      {
        ...{ parameter, firstMoment, secondMoment },
        gradient: coupled ? add(scaled, mul(parameter, decay)) : scaled,
        gradientScale: coupled ? gate : gradientScale,
      },
      {
        ...{ rate, step, ...this.#settings, weightDecay: coupled ? 0 : decay },
        // Each variable is assigned what comes out, be it its own data.
        overwrite: true,
        skipNaN,
      },
    );
    parameter.assign(next.parameter);
    firstMoment.assign(next.firstMoment);
    secondMoment.assign(next.secondMoment);
  }
}

/** NaN where a scale is, else 1. */
const nanOrOne = (scale: Scalar): Tensor => add(mul(scale, 0), 1);

/**
 * Adam; weight decay, if any, is added to the gradient.
 *
 * @throws RangeError (constructor) for a beta outside [0, 1), or a negative eps or decay.
 * @see Kingma and Ba 2015, Adam, algorithm 1, https://arxiv.org/abs/1412.6980
 */
export class Adam extends AdamFamily {
  constructor(options: AdamOptions) {
    super({ weightDecay: 0, ...options }, false);
  }
}

/**
 * Adam with decoupled weight decay: each update first shrinks the parameter by rate · weightDecay.
 *
 * @throws RangeError (constructor) for a beta outside [0, 1), or a negative eps or decay.
 * @see Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization, algorithm 2,
 *   https://arxiv.org/abs/1711.05101
 */
export class AdamW extends AdamFamily {
  constructor(options: AdamOptions) {
    super({ weightDecay: 0.01, ...options }, true);
  }
}
