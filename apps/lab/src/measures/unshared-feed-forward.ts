import {
  add,
  relu,
  stack,
  type Tensor3D,
  tidy,
  transpose,
  type Variable,
} from "@tensorflow/tfjs-core";
import { type Initializer, Module, parameter, zeros } from "@tx/core";
import { matMul } from "@tx/ops";

/**
 * What a feed-forward would be if every position had weights of its own: an ablation. It reads texts
 * of one length only.
 */
export class UnsharedFeedForward extends Module {
  /** [seq, dModel, dFF] */
  readonly expand: Variable;
  /** [seq, 1, dFF] */
  readonly expandBias: Variable;
  /** [seq, dFF, dModel] */
  readonly contract: Variable;
  /** [seq, 1, dModel] */
  readonly contractBias: Variable;

  /** @param sizes.init First values of each position's kernels, [inputs, outputs]. */
  constructor(sizes: { seq: number; dModel: number; dFF: number; init: Initializer }) {
    super();
    const { seq, dModel, dFF, init } = sizes;
    const each: Initializer = ([, ...shape]) =>
      tidy(() => stack(Array.from({ length: seq }, () => init(shape))));
    this.expand = parameter([seq, dModel, dFF], each);
    this.expandBias = parameter([seq, 1, dFF], zeros);
    this.contract = parameter([seq, dFF, dModel], each);
    this.contractBias = parameter([seq, 1, dModel], zeros);
  }

  /** @param x [batch, seq, dModel] */
  forward(x: Tensor3D): Tensor3D {
    return tidy(() => {
      const byPlace: Tensor3D = transpose(x, [1, 0, 2]);
      const [expand, contract] = [this.expand, this.contract] as unknown as Tensor3D[];
      const inner: Tensor3D = add(matMul(byPlace, expand!), this.expandBias);
      const outer: Tensor3D = add(matMul(relu(inner), contract!), this.contractBias);
      return transpose(outer, [1, 0, 2]);
    });
  }
}
