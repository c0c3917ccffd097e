import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import { checkCount, Dropout, type Initializer, Linear, Module, normal, type Rng } from "@tx/core";
import { activatedLinear, feedForward, type LinearActivation, type LinearWeights } from "@tx/ops";
import { type Activation, type ActivationName, activationOf, fusedActivation } from "./activations";

export interface FeedForwardOptions {
  /** Width of the residual stream. */
  dModel: number;
  /** Width within. Default 4 · dModel. */
  dFF?: number | undefined;
  /** A name or a function of one number. Default "relu", as in the paper. */
  activation?: ActivationName | Activation | undefined;
  /** Whether both linear parts have a bias. Default true. */
  bias?: boolean | undefined;
  /** Share of the inner features zeroed while training, in [0, 1). Default 0. */
  dropout?: number | undefined;
  /** First values of both kernels. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer | undefined;
  /** First values of the second kernel, where they differ. */
  contractInit?: Initializer | undefined;
  /** Source of first weights and dropout. */
  rng: Rng;
}

/**
 * Two linear maps with an activation between, the same at each position.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.3, https://arxiv.org/abs/1706.03762
 */
export class FeedForward extends Module {
  /** [dModel, dFF] */
  readonly expand: Linear;
  /** [dFF, dModel] */
  readonly contract: Linear;
  readonly dropout: Dropout;
  private readonly activation: Activation;
  /** Set where the activation is one that the first product can apply itself. */
  private readonly fused: LinearActivation | undefined;

  /** That forward adds `residual` itself, for whoever takes feed-forwards of any making. */
  get addsResidual(): true {
    return true;
  }

  /** @throws RangeError if a width, the dropout or the activation's name makes no sense. */
  constructor({
    dModel,
    dFF = 4 * dModel,
    activation = "relu",
    bias = true,
    dropout = 0,
    rng,
    init = normal(0.02, rng),
    contractInit = init,
  }: FeedForwardOptions) {
    super();
    // All checks come before the first variable, so that a refusal leaves none behind.
    checkCount("dModel", dModel);
    checkCount("dFF", dFF);
    this.activation = activationOf(activation);
    this.fused = fusedActivation(activation);
    this.dropout = new Dropout(dropout, rng);
    this.expand = new Linear(dModel, dFF, { init, bias });
    this.contract = new Linear(dFF, dModel, { init: contractInit, bias });
  }

  /**
   * @param x [..., dModel]
   * @param options What is added to the output.
   * @param options.residual [..., dModel], added to the output in the same pass.
   * @returns [..., dModel]
   * @throws ShapeError if x does not end in dModel or the residual does not fit.
   */
  forward<T extends Tensor>(x: T, { residual }: { residual?: T | undefined } = {}): T {
    const { fused } = this;
    const [expand, contract] = [this.expand, this.contract] as unknown as [
      LinearWeights,
      LinearWeights,
    ];
    if (fused && !this.dropout.active) {
      return feedForward(x, expand, contract, { activation: fused, residual });
    }
    return tidy(() => {
      const inner = fused
        ? activatedLinear(x, expand.kernel, expand.bias, fused)
        : this.activation(this.expand.forward(x));
      return this.contract.forward(this.dropout.forward(inner), { residual });
    });
  }
}
