import {
  add,
  mul,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Variable,
} from "@tensorflow/tfjs-core";
import { Dropout, Module, parameter, type Rng, zeros } from "@tx/core";
import { madeTogether } from "./made-together";
import { StochasticDepth } from "./stochastic-depth";

/**
 * What is around a sub-layer F:
 *
 * | policy | output | source |
 * | --- | --- | --- |
 * | `"postNorm"` | norm(x + F(x)) | Vaswani et al. 2017, §3.1, https://arxiv.org/abs/1706.03762 |
 * | `"preNorm"` | x + F(norm(x)) | Xiong et al. 2020, §3, https://arxiv.org/abs/2002.04745 |
 * | `"sandwichNorm"` | x + outputNorm(F(norm(x))) | Ding et al. 2021, §2.4, https://arxiv.org/abs/2105.13290 |
 * | `"deepNorm"` | norm(alpha · x + F(x)) | Wang et al. 2022, §3, https://arxiv.org/abs/2203.00555 |
 * | `"reZero"` | x + gain · F(x), gain 0 at first | Bachlechner et al. 2020, §3, https://arxiv.org/abs/2003.04887 |
 * | `"noResidual"` | F(norm(x)) | an ablation: what the stream is worth |
 *
 * Each sub-layer has a gain of its own with ReZero, where the paper shares one between the two of a
 * layer.
 */
export type ResidualPolicy =
  | "postNorm"
  | "preNorm"
  | "sandwichNorm"
  | "deepNorm"
  | "reZero"
  | "noResidual";

/** Every policy there is. */
export const residualPolicies: readonly ResidualPolicy[] = [
  "postNorm",
  "preNorm",
  "sandwichNorm",
  "deepNorm",
  "reZero",
  "noResidual",
];

/** A norm over the last axis: LayerNorm, RMSNorm, ScaleNorm, BatchNorm or one's own. */
export type Norm = Module & {
  /**
   * @param x [..., width]
   * @param options.mask [...], bool: false for padding, which statistics over the batch leave out.
   */
  forward<T extends Tensor>(x: T, options?: { mask?: Tensor | undefined }): T;
};

/**
 * A sub-layer as Residual calls it.
 *
 * @param input [batch, seq, dModel], normed where the policy does that.
 * @param residual [batch, seq, dModel]: where given, the sub-layer adds it to its output itself, as
 *   a product can in the same pass.
 */
export type Sublayer = (input: Tensor3D, residual?: Tensor3D) => Tensor3D;

export interface ResidualOptions {
  policy: ResidualPolicy;
  /** Makes each norm that the policy has; not called for `"reZero"`, which has none. */
  norm: () => Norm;
  /** What DeepNorm multiplies the stream by; for `"deepNorm"` only, which needs it. */
  alpha?: number | undefined;
  /** On the sub-layer's output, in [0, 1). Default 0. */
  dropout?: number | undefined;
  /** Share of a batch's rows that go without the sub-layer while training, in [0, 1). Default 0. */
  stochasticDepth?: number | undefined;
  /** Source of dropout and stochastic depth. */
  rng: Rng;
}

/**
 * What is around one sub-layer: the stream that goes past it, its norms or its gain, dropout on what
 * it gives, and stochastic depth. See {@link ResidualPolicy}.
 */
export class Residual extends Module {
  readonly policy: ResidualPolicy;
  /** Undefined for `"reZero"`. */
  readonly norm: Norm | undefined;
  /** On the sub-layer's output; for `"sandwichNorm"` only. */
  readonly outputNorm: Norm | undefined;
  /** [], zero at first; for `"reZero"` only. */
  readonly gain: Variable | undefined;
  /** 1 but for `"deepNorm"`. */
  readonly alpha: number;
  readonly dropout: Dropout;
  readonly stochasticDepth: StochasticDepth;

  /**
   * @throws RangeError if the policy is none of them, alpha is missing or given to another policy,
   *   dropout or stochastic depth is outside [0, 1) or the latter comes without a stream; what `norm`
   *   throws.
   */
  constructor({ policy, norm, alpha, dropout = 0, stochasticDepth = 0, rng }: ResidualOptions) {
    super();
    checkPolicy(policy);
    checkAlpha(policy, alpha);
    this.policy = policy;
    this.alpha = alpha ?? 1;
    this.dropout = new Dropout(dropout, rng);
    this.stochasticDepth = new StochasticDepth(stochasticDepth, rng);
    if (policy === "noResidual" && stochasticDepth > 0) {
      throw new RangeError(
        `stochasticDepth: expected 0 without a residual stream, got ${stochasticDepth}`,
      );
    }
    [this.norm, this.outputNorm] = madeTogether((own) => [
      policy === "reZero" ? undefined : own(norm()),
      policy === "sandwichNorm" ? own(norm()) : undefined,
    ]);
    this.gain = policy === "reZero" ? parameter([], zeros) : undefined;
  }

  /**
   * What the sub-layer reads of x: its norm where the policy norms the input, else x itself.
   *
   * @param x [batch, seq, dModel]
   * @param visible bool [batch, seq]: false for padding.
   */
  input(x: Tensor3D, visible?: Tensor2D): Tensor3D {
    const { policy } = this;
    const normed = policy === "preNorm" || policy === "sandwichNorm" || policy === "noResidual";
    return normed ? normedBy(this.norm!, x, visible) : x;
  }

  /**
   * Runs in a tidy of the caller's: what is made on the way is freed by that.
   *
   * @param x [batch, seq, dModel]
   * @param sublayer Gets x, normed where the policy says so, and where nothing stands in between the
   *   stream to add.
   * @param visible bool [batch, seq]: false for padding, which norms over the batch leave out.
   * @returns [batch, seq, dModel]
   */
  forward(x: Tensor3D, sublayer: Sublayer, visible?: Tensor2D): Tensor3D {
    const { policy, norm, outputNorm, gain, dropout, stochasticDepth } = this;
    const input = this.input(x, visible);
    if (policy === "noResidual") return dropout.forward(sublayer(input));
    if (policy === "sandwichNorm") {
      const made = normedBy(outputNorm!, dropout.forward(sublayer(input)), visible);
      return add(x, stochasticDepth.forward(made));
    }
    if (policy === "reZero") {
      const made: Tensor3D = mul(dropout.forward(sublayer(input)), gain!);
      return add(x, stochasticDepth.forward(made));
    }
    const stream: Tensor3D = policy === "deepNorm" ? mul(x, this.alpha) : x;
    // Where nothing is dropped in between, the sub-layer's product adds the stream itself.
    const fused = !dropout.active && !stochasticDepth.active;
    const sum: Tensor3D = fused
      ? sublayer(input, stream)
      : add(stream, stochasticDepth.forward(dropout.forward(sublayer(input))));
    return policy === "preNorm" ? sum : normedBy(norm!, sum, visible);
  }
}

/** Whether a stack of such blocks ends on a stream that no norm has seen, so that it needs one more. */
export function needsFinalNorm(policy: ResidualPolicy): boolean {
  checkPolicy(policy);
  return policy === "preNorm" || policy === "sandwichNorm" || policy === "noResidual";
}

export function normedBy(norm: Norm, x: Tensor3D, visible: Tensor2D | undefined): Tensor3D {
  return visible ? norm.forward(x, { mask: visible }) : norm.forward(x);
}

/** @throws RangeError if it is none of the policies. */
function checkPolicy(policy: ResidualPolicy): void {
  if (!residualPolicies.includes(policy)) {
    throw new RangeError(
      `policy: expected one of ${residualPolicies.join(", ")}, got ${JSON.stringify(policy)}`,
    );
  }
}

function checkAlpha(policy: ResidualPolicy, alpha: number | undefined): void {
  if (policy !== "deepNorm" && alpha !== undefined) {
    throw new RangeError(`alpha: expected none with ${policy}, got ${alpha}`);
  }
  if (policy === "deepNorm" && !(alpha !== undefined && alpha > 0 && alpha < Infinity)) {
    throw new RangeError(`alpha: expected a positive number with deepNorm, got ${alpha}`);
  }
}
