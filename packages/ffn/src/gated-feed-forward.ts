import { mul, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { checkCount, Dropout, type Initializer, Linear, Module, normal, type Rng } from "@tx/core";
import { type GateActivation, gated, type LinearWeights, linears } from "@tx/ops";
import { type Activation, type ActivationName, activationOf } from "./activations";

export interface GatedFeedForwardOptions {
  /** Width of the residual stream. */
  dModel: number;
  /** Width within. Default: {@link gatedWidth} of dModel and multipleOf. */
  dFF?: number | undefined;
  /** What the default dFF is rounded up to a multiple of. Default 1. */
  multipleOf?: number | undefined;
  /**
   * What is done to the gate: "sigmoid" makes GLU, "relu" ReGLU, "gelu" GEGLU, "silu" SwiGLU; a
   * function of one number does too. Default "silu".
   */
  activation?: "sigmoid" | ActivationName | Activation | undefined;
  /** Whether all three linear parts have a bias. Default false, as in the paper. */
  bias?: boolean | undefined;
  /** Share of the inner features zeroed while training, in [0, 1). Default 0. */
  dropout?: number | undefined;
  /** First values of all kernels. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer | undefined;
  /** First values of the last kernel, where they differ. */
  downInit?: Initializer | undefined;
  /** Source of first weights and dropout. */
  rng: Rng;
}

/**
 * Two thirds of 4 · dModel, so that three kernels have as many weights as an ungated feed-forward's
 * two: 8/3 · dModel to the nearest whole number, then up to a multiple.
 *
 * @see Shazeer 2020, GLU Variants Improve Transformer, §2, https://arxiv.org/abs/2002.05202
 */
export function gatedWidth(dModel: number, multipleOf = 1): number {
  return Math.ceil(Math.round((8 * dModel) / 3) / multipleOf) * multipleOf;
}

/**
 * A feed-forward with a gate: down(activation(gate(x)) · up(x)), the same at each position. The
 * activation is on the gate alone.
 *
 * @see Shazeer 2020, GLU Variants Improve Transformer, §2, https://arxiv.org/abs/2002.05202
 */
export class GatedFeedForward extends Module {
  /** [dModel, dFF] */
  readonly gate: Linear;
  /** [dModel, dFF] */
  readonly up: Linear;
  /** [dFF, dModel] */
  readonly down: Linear;
  readonly dropout: Dropout;
  private readonly product: (gate: Tensor, up: Tensor) => Tensor;

  /** That forward adds `residual` itself, for whoever takes feed-forwards of any making. */
  get addsResidual(): true {
    return true;
  }

  /** @throws RangeError if a width, the dropout or the activation's name makes no sense. */
  constructor({
    dModel,
    multipleOf = 1,
    dFF = gatedWidth(dModel, multipleOf),
    activation = "silu",
    bias = false,
    dropout = 0,
    rng,
    init = normal(0.02, rng),
    downInit = init,
  }: GatedFeedForwardOptions) {
    super();
    // All checks come before the first variable, so that a refusal leaves none behind.
    checkCount("dModel", dModel);
    checkCount("multipleOf", multipleOf);
    checkCount("dFF", dFF);
    this.product = productOf(activation);
    this.dropout = new Dropout(dropout, rng);
    this.gate = new Linear(dModel, dFF, { init, bias });
    this.up = new Linear(dModel, dFF, { init, bias });
    this.down = new Linear(dFF, dModel, { init: downInit, bias });
  }

  /**
   * @param x [..., dModel]
   * @param options What is added to the output.
   * @param options.residual [..., dModel], added to the output in the same pass.
   * @returns [..., dModel]
   * @throws ShapeError if x does not end in dModel or the residual does not fit.
   */
  forward<T extends Tensor>(x: T, { residual }: { residual?: T | undefined } = {}): T {
    return tidy(() => {
      const maps = [this.gate, this.up] as unknown as LinearWeights[];
      const [gate, up] = linears(x, maps) as [T, T];
      const inner = this.dropout.forward(this.product(gate, up) as T);
      return this.down.forward(inner, { residual });
    });
  }
}

/** What the gate can go through in the same pass as the product. */
const gates: readonly GateActivation[] = ["sigmoid", "relu", "gelu", "gelu-tanh", "silu"];

function productOf(
  activation: "sigmoid" | ActivationName | Activation,
): (gate: Tensor, up: Tensor) => Tensor {
  const atOnce = gates.find((name) => name === activation);
  if (atOnce) return (gate, up) => gated(gate, up, atOnce);
  const apply = activationOf(activation as ActivationName | Activation, ["sigmoid"]);
  return (gate, up) => mul(apply(gate), up);
}
