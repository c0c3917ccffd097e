import { add, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { type AttendOptions, MultiHeadAttention } from "@tx/attention";
import { checkCount, Dropout, type Initializer, Module, normal, type Rng } from "@tx/core";
import { type Activation, type ActivationName, activationOf, FeedForward } from "@tx/ffn";
import { LayerNorm } from "@tx/norm";

export interface BlockOptions {
  dModel: number;
  heads: number;
  /** Default 4 · dModel. */
  dFF?: number;
  /** Default "relu". */
  activation?: ActivationName | Activation;
  bias?: boolean;
  /** Added to the variance in the norms. Default 1e-5. */
  eps?: number;
  /** On attention weights and on each sub-layer's output, in [0, 1). Default 0. */
  dropout?: number;
  /** First values of the kernels. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer;
  /** First values of the kernels that write to the residual stream, where they differ. */
  residualInit?: Initializer;
  rng: Rng;
}

/**
 * Attention and feed-forward, each normalised before and added to the stream after:
 * x + F(norm(x)).
 *
 * @see Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, §3 (pre-norm),
 *   https://arxiv.org/abs/2002.04745
 */
export class Block extends Module {
  readonly attentionNorm: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly feedForwardNorm: LayerNorm;
  readonly feedForward: FeedForward;
  readonly dropout: Dropout;

  /** @throws RangeError if widths, heads, eps, dropout or the activation do not fit. */
  constructor({
    dModel,
    heads,
    dropout = 0,
    bias = true,
    eps = 1e-5,
    rng,
    ...options
  }: BlockOptions) {
    super();
    const { init = normal(0.02, rng), residualInit = init } = options;
    const { dFF = 4 * dModel, activation = "relu" } = options;
    // All checks, attention's too, come before the first variable: a refusal leaves none behind.
    checkCount("dModel", dModel);
    checkCount("dFF", dFF);
    if (!(eps > 0)) throw new RangeError(`eps: expected a positive number, got ${eps}`);
    activationOf(activation);
    this.dropout = new Dropout(dropout, rng);
    this.attention = new MultiHeadAttention({
      ...{ dModel, heads, bias, dropout, rng, init },
      outputInit: residualInit,
    });
    this.attentionNorm = new LayerNorm(dModel, { bias, eps });
    this.feedForwardNorm = new LayerNorm(dModel, { bias, eps });
    this.feedForward = new FeedForward({
      ...{ dModel, dFF, activation, bias, rng, init },
      contractInit: residualInit,
    });
  }

  /**
   * @param x [batch, seq, dModel]
   * @returns [batch, seq, dModel]
   * @throws ShapeError if x or the mask does not fit.
   */
  forward(x: Tensor3D, options: Omit<AttendOptions, "key" | "value" | "residual"> = {}): Tensor3D {
    return tidy(() => {
      // Where nothing is dropped in between, the products add the stream themselves.
      const adds = !this.dropout.active;
      const attended = this.attention.forward(this.attentionNorm.forward(x), {
        ...options,
        residual: adds ? x : undefined,
      });
      const middle: Tensor3D = adds ? attended : add(x, this.dropout.forward(attended));
      const fed = this.feedForward.forward<Tensor3D>(this.feedForwardNorm.forward(middle), {
        residual: adds ? middle : undefined,
      });
      return adds ? fed : add(middle, this.dropout.forward(fed));
    });
  }
}
