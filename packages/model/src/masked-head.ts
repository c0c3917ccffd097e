import { add, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import { type Initializer, Linear, Module, normal, parameter, type Rng, zeros } from "@tx/core";
import { type ActivationName, activationOf } from "@tx/ffn";
import { matMul } from "@tx/ops";
import type { Norm } from "./residual";

export interface MaskedHeadOptions {
  /** [vocab, dModel], the embedding's. */
  table: Variable;
  /** Default "gelu", as in BERT. */
  activation?: ActivationName | undefined;
  /** Makes the norm. */
  norm: () => Norm;
  /** First values of the kernel. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer | undefined;
  /** Source of first values. */
  rng: Rng;
}

/**
 * Logits of the tokens that were hidden: a linear map, an activation and a norm, then the table that
 * tokens are embedded with and a bias for each token.
 *
 * @see Devlin et al. 2019, BERT, §3.1 (task 1), https://arxiv.org/abs/1810.04805, and its published code
 */
export class MaskedHead extends Module {
  /** [dModel, dModel] */
  readonly dense: Linear;
  readonly norm: Norm;
  readonly table: Variable;
  /** [vocab], zeros at first. */
  readonly bias: Variable;
  private readonly activation: ActivationName;

  /** @throws RangeError if there is no such activation; what `norm` throws. */
  constructor({ table, activation = "gelu", norm, rng, ...options }: MaskedHeadOptions) {
    super();
    const { init = normal(0.02, rng) } = options;
    const [vocabSize, dModel] = table.shape as [number, number];
    activationOf(activation);
    this.activation = activation;
    this.norm = norm();
    this.dense = new Linear(dModel, dModel, { init });
    this.table = table;
    this.bias = parameter([vocabSize], zeros);
  }

  /**
   * @param x [..., dModel]
   * @returns Logits, [..., vocab].
   */
  forward<T extends Tensor>(x: T): T {
    return tidy(() => {
      const inner = this.norm.forward(activationOf(this.activation)(this.dense.forward(x)));
      return add(matMul(inner, this.table as Tensor, { transposeB: true }), this.bias) as T;
    });
  }
}
