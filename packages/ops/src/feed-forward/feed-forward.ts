import { type Tensor, tidy } from "@tensorflow/tfjs-core";
import {
  activatedLinear,
  checkActivation,
  type LinearActivation,
} from "../linear/activated-linear";
import { fitsResidual, takes } from "../linear/check";
import { linear } from "../linear/linear";
import type { LinearWeights } from "../linear/linears";
import { type KernelInputs, runAlone } from "../run-kernel";

export interface FeedForwardEpilogue {
  /** What is done to each sum of the first map. Default "linear". */
  activation?: LinearActivation | undefined;
  /** [..., outputs], added to the output. */
  residual?: Tensor | undefined;
}

/**
 * Two linear maps with an activation between: {@link activatedLinear}, then {@link linear}. Where no gradient is taken, an engine may run
 * both at once; else it is one after the other.
 *
 * Kernel contract: `TxFeedForward` {x, expandKernel, expandBias?, contractKernel, contractBias?,
 * residual?} {activation} → [..., outputs].
 *
 * @param x [..., inputs]
 * @param expand To [..., inner].
 * @param contract From [..., inner].
 * @returns [..., outputs]
 * @throws As activatedLinear.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.3, https://arxiv.org/abs/1706.03762
 */
export function feedForward<T extends Tensor>(
  x: T,
  expand: LinearWeights,
  contract: LinearWeights,
  { activation = "linear", residual }: FeedForwardEpilogue = {},
): T {
  checkActivation(activation);
  const [, inner] = expand.kernel.shape;
  const [, outputs] = contract.kernel.shape;
  // What does not fit is refused, in words, by the map that it does not fit.
  const fits =
    x.rank > 0 &&
    takes(x.shape[x.rank - 1], expand) &&
    takes(inner, contract) &&
    fitsResidual(x, outputs, residual);
  if (fits) {
    const inputs: KernelInputs = {
      x,
      expandKernel: expand.kernel,
      contractKernel: contract.kernel,
    };
    if (expand.bias) inputs.expandBias = expand.bias;
    if (contract.bias) inputs.contractBias = contract.bias;
    if (residual) inputs.residual = residual;
    const alone = runAlone<T>("TxFeedForward", inputs, { activation });
    if (alone) return alone;
  }
  return tidy(() => {
    const within = activatedLinear(x, expand.kernel, expand.bias, activation);
    return linear(within, contract.kernel, contract.bias, { residual });
  });
}
