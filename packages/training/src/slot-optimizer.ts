import {
  clone,
  type Scalar,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { checkCount, ShapeError } from "@tx/core";
import { type DecayRule, decayByPath } from "./decay";
import type { Optimizer } from "./optimizer";

export interface SlotOptimizerOptions {
  /** By path, as Module.parameters() gives them. */
  parameters: ReadonlyMap<string, Variable>;
  /** What the parameters that decay shrink by; each class says how, and its default. */
  weightDecay?: number;
  /**
   * Groups with a decay of their own, by path; the first that matches counts, and for parameters
   * that none matches `decays` and weightDecay do. Default: none.
   */
  decay?: readonly DecayRule[];
  /**
   * Which parameters decay. Default: those of two axes or more that are not embeddings (whose
   * path ends in "table"), so neither biases nor norms.
   */
  decays?: (path: string, parameter: Variable) => boolean;
}

/** One parameter in one update. */
export interface Update<Slot extends string> {
  parameter: Variable;
  /** As it was given, not scaled yet. */
  gradient: Tensor;
  gradientScale: Scalar | undefined;
  /** Whether a gradientScale of NaN leaves everything as it was. */
  skipNaN: boolean;
  rate: number;
  /** The update's number, from 1. */
  step: number;
  /** Weight decay of this parameter. */
  decay: number;
  slots: Readonly<Record<Slot, Variable>>;
}

/** What optimizers share that remember some tensors for each parameter: their slots. */
export abstract class SlotOptimizer<Slot extends string> implements Optimizer {
  #steps = 0;
  readonly #parameters: ReadonlyMap<string, Variable>;
  readonly #decay: ReadonlyMap<string, number>;
  readonly #slots: Map<string, Record<Slot, Variable>>;

  /** @param shapes The slots of a parameter, zeros at first, by name. */
  protected constructor(
    { parameters, weightDecay = 0, ...options }: SlotOptimizerOptions,
    shapes: (shape: number[]) => Record<Slot, number[]>,
  ) {
    this.#parameters = parameters;
    this.#decay = decayByPath(parameters, { weightDecay, ...options });
    this.#slots = new Map([...parameters].map(([path, { shape }]) => [path, made(shapes(shape))]));
  }

  /** Computes one update and assigns it to the parameter and its slots; called in a tidy. */
  protected abstract update(update: Update<Slot>): void;

  get steps(): number {
    return this.#steps;
  }

  /**
   * @throws RangeError for a path that is not a parameter's or a rate that is no number; ShapeError
   *   for a gradient of another shape. Nothing is changed then.
   */
  step(
    gradients: ReadonlyMap<string, Tensor>,
    rate: number,
    gradientScale?: Scalar,
    skipNaN = false,
  ): void {
    this.#check(gradients, rate);
    const step = ++this.#steps;
    for (const [path, gradient] of gradients) {
      const parameter = this.#parameters.get(path)!;
      const own = { decay: this.#decay.get(path)!, slots: this.#slots.get(path)! };
      tidy(() => this.update({ parameter, gradient, gradientScale, skipNaN, rate, step, ...own }));
    }
  }

  state(): Map<string, Tensor> {
    return new Map(
      [...this.#slots].flatMap(([path, slots]) =>
        Object.entries<Variable>(slots).map(([name, slot]): [string, Tensor] => [
          `${path}.${name}`,
          slot,
        ]),
      ),
    );
  }

  /**
   * @throws RangeError if steps is not a whole number, a path is missing or unknown or a tensor is
   *   not float32; ShapeError for a tensor of another shape. Nothing is changed then.
   */
  loadState(state: ReadonlyMap<string, Tensor>, steps: number): void {
    checkCount("steps", steps, 0);
    assignAll("the optimizer's own paths", this.state() as Map<string, Variable>, state);
    this.#steps = steps;
  }

  dispose(): void {
    for (const slot of this.state().values()) {
      // A second dispose of a variable could free data that another one has taken over.
      if (!slot.isDisposed) slot.dispose();
    }
  }

  #check(gradients: ReadonlyMap<string, Tensor>, rate: number): void {
    if (!Number.isFinite(rate)) throw new RangeError(`rate: expected a number, got ${rate}`);
    for (const [path, gradient] of gradients) {
      const parameter = this.#parameters.get(path);
      if (!parameter) throw new RangeError(`gradients: expected a parameter's path, got ${path}`);
      checkShape(path, parameter.shape, gradient);
    }
  }
}

/**
 * Sets variables from tensors by path: all or nothing.
 *
 * @param wanted For the message, such as "the optimizer's own paths".
 * @throws RangeError if a path is missing or unknown or a tensor of another dtype; ShapeError for a
 *   tensor of another shape.
 */
export function assignAll(
  wanted: string,
  own: ReadonlyMap<string, Variable>,
  state: ReadonlyMap<string, Tensor>,
): void {
  const wrong = [...own.keys()]
    .filter((path) => !state.has(path))
    .concat([...state.keys()].filter((path) => !own.has(path)));
  if (wrong.length > 0) {
    throw new RangeError(`state: expected ${wanted}, got ${wrong.join(", ")}`);
  }
  for (const [path, { shape, dtype }] of own) {
    const given = state.get(path)!;
    checkShape(path, shape, given);
    if (given.dtype !== dtype) {
      throw new RangeError(`${path}: expected ${dtype}, got ${given.dtype}`);
    }
  }
  tidy(() => {
    // Clones share the numbers. A state may hold these very variables, whose numbers assign would
    // free before it takes them (tfjs 4.22.0).
    const values = [...own].map(([path, slot]) => [slot, clone(state.get(path)!)] as const);
    for (const [slot, value] of values) slot.assign(value);
  });
}

function made<Slot extends string>(shapes: Record<Slot, number[]>): Record<Slot, Variable> {
  return Object.fromEntries(
    Object.entries<number[]>(shapes).map(([name, shape]) => [
      name,
      tidy(() => variable(zeros(shape), false)),
    ]),
  ) as Record<Slot, Variable>;
}

function checkShape(path: string, wanted: readonly number[], { shape }: Tensor): void {
  if (shape.join() !== wanted.join()) {
    throw new ShapeError(`${path}: expected [${wanted.join(", ")}], got [${shape.join(", ")}]`);
  }
}

/** @throws RangeError if a share is outside [0, 1). */
export function checkShares(shares: Record<string, number>): void {
  for (const [name, share] of Object.entries(shares)) {
    if (!(share >= 0 && share < 1)) {
      throw new RangeError(`${name}: expected a number in [0, 1), got ${share}`);
    }
  }
}

/** @throws RangeError if a number is negative. */
export function checkFromZero(numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(value >= 0)) throw new RangeError(`${name}: expected a number from 0, got ${value}`);
  }
}
