import {
  add,
  div,
  expandDims,
  maximum,
  mean,
  mul,
  rsqrt,
  sqrt,
  square,
  sub,
  type Tensor,
  type Variable,
} from "@tensorflow/tfjs-core";
import {
  checkFromZero,
  checkShares,
  SlotOptimizer,
  type SlotOptimizerOptions,
  type Update,
} from "./slot-optimizer";

/** weightDecay is 0 by default; it is decoupled, as AdamW's. */
export interface AdafactorOptions extends SlotOptimizerOptions {
  /** Added to squared gradients, ε₁. Default 1e-30. */
  eps?: number;
  /** Updates whose root mean square is above are scaled down to it, d. Default 1. */
  clipThreshold?: number;
  /** The second moment's share that lives on in update t is 1 − t^−decayPower. Default 0.8. */
  decayPower?: number;
  /**
   * Multiplies the rate by the root mean square of the parameter, at least 1e-3 (ε₂). The paper's
   * rates are then min(1e-2, 1 / √t) in update t, from 1. Default false: rates are absolute.
   */
  relativeStep?: boolean;
  /** Share of the last update in the next, in [0, 1). Default 0, which needs no memory. */
  beta1?: number;
}

type Slot = "rowMoment" | "columnMoment" | "secondMoment" | "firstMoment";

const SMALLEST_SCALE = 1e-3;

/**
 * Adam-like steps in little memory: of the second moment of a matrix [..., rows, columns] only the
 * means of rows and columns are kept, [..., rows] and [..., columns]; of vectors all of it. More than
 * two axes are many matrices.
 *
 * @throws RangeError (constructor) for a beta1 outside [0, 1), a negative eps or decay, or a
 *   clipThreshold or decayPower that is not positive.
 * @see Shazeer and Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost,
 *   algorithms 4 to 6, https://arxiv.org/abs/1804.04235
 */
export class Adafactor extends SlotOptimizer<Slot> {
  readonly #settings: Required<Omit<AdafactorOptions, keyof SlotOptimizerOptions>>;

  constructor(given: AdafactorOptions) {
    const { eps = 1e-30, clipThreshold = 1, decayPower = 0.8, ...rest } = given;
    const { relativeStep = false, beta1 = 0, ...options } = rest;
    checkShares({ beta1 });
    checkFromZero({ eps });
    checkPositive({ clipThreshold, decayPower });
    super(options, (shape) => ({
      ...momentShapes(shape),
      ...(beta1 > 0 && { firstMoment: shape }),
    }));
    this.#settings = { eps, clipThreshold, decayPower, relativeStep, beta1 };
  }

  protected update(update: Update<Slot>): void {
    const { parameter, gradientScale, decay, slots, step } = update;
    const { eps, clipThreshold, decayPower, relativeStep, beta1 } = this.#settings;
    const gradient = gradientScale ? mul(update.gradient, gradientScale) : update.gradient;
    const kept = 1 - step ** -decayPower;
    const whitened = mul(gradient, inverseRoot(add(square(gradient), eps), kept, slots));
    const excess = maximum(div(rootMeanSquare(whitened), clipThreshold), 1);
    const rate = relativeStep
      ? mul(maximum(rootMeanSquare(parameter), SMALLEST_SCALE), update.rate)
      : update.rate;
    const fresh = mul(div(whitened, excess), rate);
    const change = beta1 > 0 ? add(mul(slots.firstMoment, beta1), mul(fresh, 1 - beta1)) : fresh;
    const shrunk = decay > 0 ? sub(parameter, mul(parameter, mul(rate, decay))) : parameter;
    parameter.assign(sub(shrunk, change));
    if (beta1 > 0) slots.firstMoment.assign(change);
  }
}

/** Takes squared gradients into the moments; 1 / √(second moment), to be multiplied by. */
function inverseRoot(squares: Tensor, kept: number, slots: Record<Slot, Variable>): Tensor {
  const moved = (slot: Variable, value: Tensor): Tensor => {
    slot.assign(add(mul(slot, kept), mul(value, 1 - kept)));
    return slot;
  };
  if (squares.rank < 2) return rsqrt(moved(slots.secondMoment, squares));
  const rows = moved(slots.rowMoment, mean(squares, -1));
  const columns = moved(slots.columnMoment, mean(squares, -2));
  // Two roots, since the product of two tiny moments would underflow.
  const byRow = rsqrt(div(rows, mean(rows, -1, true)));
  return mul(expandDims(byRow, -1), expandDims(rsqrt(columns), -2));
}

function momentShapes(shape: number[]): Record<Slot, number[]> {
  const shapes: Partial<Record<Slot, number[]>> =
    shape.length < 2
      ? { secondMoment: shape }
      : {
          rowMoment: shape.slice(0, -1),
          columnMoment: [...shape.slice(0, -2), ...shape.slice(-1)],
        };
  // Which slots there are depends on the shape; update asks for no others.
  return shapes as Record<Slot, number[]>;
}

const rootMeanSquare = (x: Tensor): Tensor => sqrt(mean(square(x)));

function checkPositive(numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(value > 0)) throw new RangeError(`${name}: expected a positive number, got ${value}`);
  }
}
