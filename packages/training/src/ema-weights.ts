import {
  add,
  clone,
  dispose,
  keep,
  mul,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
} from "@tensorflow/tfjs-core";
import { checkCount } from "@tx/core";
import { assignAll } from "./slot-optimizer";

export interface EmaWeightsOptions {
  /** By path, as Module.parameters() gives them. */
  parameters: ReadonlyMap<string, Variable>;
  /** Share of the average that lives on in an update, in [0, 1). Default 0.999. */
  decay?: number;
  /**
   * Smaller shares at first, min(decay, (1 + n) / (10 + n)) in update n, from 0, so that the first
   * weights are forgotten soon. Default false.
   */
  warmup?: boolean;
}

/**
 * Exponential moving averages of weights, e ← e + (1 − decay) · (weight − e), which start as the
 * weights are. They often do better than the last weights themselves; {@link using} evaluates or
 * saves a model with them.
 *
 * @see Polyak and Juditsky 1992, Acceleration of Stochastic Approximation by Averaging
 */
export class EmaWeights {
  #updates = 0;
  #inUse = false;
  readonly #parameters: ReadonlyMap<string, Variable>;
  readonly #averages: Map<string, Variable>;
  readonly #decay: number;
  readonly #warmup: boolean;

  /** @throws RangeError if there are no parameters, one is not float32, or decay is outside [0, 1). */
  constructor({ parameters, decay = 0.999, warmup = false }: EmaWeightsOptions) {
    if (!(decay >= 0 && decay < 1)) {
      throw new RangeError(`decay: expected a number in [0, 1), got ${decay}`);
    }
    if (parameters.size === 0) throw new RangeError("parameters: expected at least one, got none");
    for (const [path, { dtype }] of parameters) {
      if (dtype !== "float32") throw new RangeError(`${path}: expected float32, got ${dtype}`);
    }
    this.#parameters = parameters;
    this.#decay = decay;
    this.#warmup = warmup;
    this.#averages = new Map(
      [...parameters].map(([path, weight]) => [path, tidy(() => variable(clone(weight), false))]),
    );
  }

  /** Updates made so far. */
  get updates(): number {
    return this.#updates;
  }

  /**
   * Takes the weights in, to be called after each step; nothing is read to the host.
   *
   * @throws Error while the averages are in use.
   */
  update(): void {
    this.#checkFree("update");
    const n = this.#updates++;
    const decay = this.#warmup ? Math.min(this.#decay, (1 + n) / (10 + n)) : this.#decay;
    for (const [path, average] of this.#averages) {
      const weight = this.#parameters.get(path)!;
      tidy(() => average.assign(add(average, mul(sub(weight, average), 1 - decay))));
    }
  }

  /**
   * Runs a body, which may be async, while the model has the averages for its weights; then the
   * weights are what they were, also where the body throws, rejects or changes them.
   *
   * @returns What the body returns, or its promise.
   * @throws Error if they are in use already; else what the body throws.
   */
  using<T>(body: () => T): T {
    this.#checkFree("using");
    const restore = this.#swapIn();
    let result: T;
    try {
      result = body();
    } catch (error) {
      restore();
      throw error;
    }
    if (isPromise(result)) return result.finally(restore) as T;
    restore();
    return result;
  }

  /** The averages by path: live tensors, not copies. */
  state(): Map<string, Tensor> {
    return new Map(this.#averages);
  }

  /**
   * Takes over what `state` gave, and the number of updates made.
   *
   * @throws Error while the averages are in use; RangeError if updates is not a whole number, a path
   *   is missing or unknown or a tensor is not float32; ShapeError for a tensor of another shape.
   *   Nothing is changed then.
   */
  loadState(state: ReadonlyMap<string, Tensor>, updates: number): void {
    this.#checkFree("loadState");
    checkCount("updates", updates, 0);
    assignAll("the averages of the parameters", this.#averages, state);
    this.#updates = updates;
  }

  /** Frees the averages; the model's weights stay. A second call does nothing. */
  dispose(): void {
    for (const average of this.#averages.values()) if (!average.isDisposed) average.dispose();
  }

  #swapIn(): () => void {
    // Clones share the numbers and keep them while the weights hold others. They outlive a tidy
    // around, since a body that is async does.
    const weights = new Map<Variable, Tensor>();
    const restore = () => {
      for (const [weight, numbers] of weights) weight.assign(numbers);
      dispose([...weights.values()]);
      this.#inUse = false;
    };
    this.#inUse = true;
    try {
      for (const [path, average] of this.#averages) {
        const weight = this.#parameters.get(path)!;
        weights.set(weight, keep(clone(weight)));
        tidy(() => weight.assign(clone(average)));
      }
    } catch (error) {
      restore();
      throw error;
    }
    return restore;
  }

  #checkFree(what: string): void {
    if (this.#inUse)
      throw new Error(`${what}: expected averages that are not in use, got some that are`);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
