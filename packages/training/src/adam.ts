import {
  add,
  clone,
  mul,
  type Scalar,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { checkCount, ShapeError } from "@tx/core";
import { adamWUpdate } from "@tx/ops";
import type { Optimizer } from "./optimizer";

export interface AdamOptions {
  /** By path, as Module.parameters() gives them. */
  parameters: ReadonlyMap<string, Variable>;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to the root of the corrected second moment. Default 1e-8. */
  eps?: number;
  /** Default 0 for Adam, 0.01 for AdamW. */
  weightDecay?: number;
  /**
   * Which parameters decay. Default: those of two axes or more that are not embeddings (whose
   * path ends in "table"), so neither biases nor norms.
   */
  decays?: (path: string, parameter: Variable) => boolean;
}

const MOMENTS = ["firstMoment", "secondMoment"] as const;
type Moments = Record<(typeof MOMENTS)[number], Variable>;

/** What Adam and AdamW share: moments by path, and the update. */
abstract class AdamFamily implements Optimizer {
  #steps = 0;
  readonly #moments: Map<string, Moments>;
  readonly #settings: Required<AdamOptions>;

  protected constructor(
    options: AdamOptions,
    private readonly decoupled: boolean,
  ) {
    this.#settings = { ...DEFAULTS, ...options };
    checkSettings(this.#settings);
    this.#moments = new Map(
      [...options.parameters].map(([path, { shape }]) => {
        const moment = () => tidy(() => variable(zeros(shape), false));
        return [path, { firstMoment: moment(), secondMoment: moment() }];
      }),
    );
  }

  get steps(): number {
    return this.#steps;
  }

  /**
   * @throws RangeError for a path that is not a parameter's or a rate that is no number; ShapeError
   *   for a gradient of another shape. Nothing is changed then.
   */
  step(gradients: ReadonlyMap<string, Tensor>, rate: number, gradientScale?: Scalar): void {
    this.#check(gradients, rate);
    this.#steps++;
    for (const [path, gradient] of gradients) {
      tidy(() => this.#update(path, gradient, rate, gradientScale));
    }
  }

  state(): Map<string, Tensor> {
    return new Map(
      [...this.#moments].flatMap(([path, moments]) =>
        MOMENTS.map((name): [string, Tensor] => [`${path}.${name}`, moments[name]]),
      ),
    );
  }

  /**
   * @throws RangeError if steps is not a whole number, a path is missing or unknown or a tensor is
   *   not float32; ShapeError for a tensor of another shape. Nothing is changed then.
   */
  loadState(state: ReadonlyMap<string, Tensor>, steps: number): void {
    checkCount("steps", steps, 0);
    const own = this.state();
    const wrong = [...own.keys()]
      .filter((path) => !state.has(path))
      .concat([...state.keys()].filter((path) => !own.has(path)));
    if (wrong.length > 0) {
      throw new RangeError(`state: expected the optimizer's own paths, got ${wrong.join(", ")}`);
    }
    for (const [path, { shape, dtype }] of own) {
      const given = state.get(path)!;
      checkShape(path, shape, given);
      if (given.dtype !== dtype) {
        throw new RangeError(`${path}: expected ${dtype}, got ${given.dtype}`);
      }
    }
    tidy(() => {
      // Clones share the numbers. A state may hold these very moments, whose numbers assign would
      // free before it takes them (tfjs 4.22.0).
      const values = [...own].map(([path, moment]) => [moment, clone(state.get(path)!)] as const);
      for (const [moment, value] of values) (moment as Variable).assign(value);
    });
    this.#steps = steps;
  }

  dispose(): void {
    for (const moments of this.#moments.values()) {
      for (const name of MOMENTS) {
        // A second dispose of a variable could free data that another one has taken over.
        if (!moments[name].isDisposed) moments[name].dispose();
      }
    }
  }

  #update(path: string, gradient: Tensor, rate: number, gradientScale?: Scalar): void {
    const { parameters, decays, weightDecay, beta1, beta2, eps } = this.#settings;
    const parameter = parameters.get(path)!;
    const { firstMoment, secondMoment } = this.#moments.get(path)!;
    const decay = decays(path, parameter) ? weightDecay : 0;
    const coupled = !this.decoupled && decay > 0;
    const scaled = coupled && gradientScale ? mul(gradient, gradientScale) : gradient;
    const next = adamWUpdate(
      {
        ...{ parameter, firstMoment, secondMoment },
        gradient: coupled ? add(scaled, mul(parameter, decay)) : scaled,
        gradientScale: coupled ? undefined : gradientScale,
      },
      {
        ...{ rate, step: this.#steps, beta1, beta2, eps, weightDecay: coupled ? 0 : decay },
        // Each variable is assigned what comes out, be it its own data.
        overwrite: true,
      },
    );
    parameter.assign(next.parameter);
    firstMoment.assign(next.firstMoment);
    secondMoment.assign(next.secondMoment);
  }

  #check(gradients: ReadonlyMap<string, Tensor>, rate: number): void {
    if (!Number.isFinite(rate)) throw new RangeError(`rate: expected a number, got ${rate}`);
    for (const [path, gradient] of gradients) {
      const parameter = this.#settings.parameters.get(path);
      if (!parameter) throw new RangeError(`gradients: expected a parameter's path, got ${path}`);
      checkShape(path, parameter.shape, gradient);
    }
  }
}

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
    super(options, true);
  }
}

const DEFAULTS = {
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0.01,
  decays: (path: string, { rank }: Variable) => rank >= 2 && !/(^|\.)table$/.test(path),
};

function checkSettings({ beta1, beta2, eps, weightDecay }: Required<AdamOptions>): void {
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) {
      throw new RangeError(`${name}: expected a number in [0, 1), got ${beta}`);
    }
  }
  for (const [name, value] of Object.entries({ eps, weightDecay })) {
    if (!(value >= 0)) throw new RangeError(`${name}: expected a number from 0, got ${value}`);
  }
}

function checkShape(path: string, wanted: readonly number[], { shape }: Tensor): void {
  if (shape.join() !== wanted.join()) {
    throw new ShapeError(`${path}: expected [${wanted.join(", ")}], got [${shape.join(", ")}]`);
  }
}
