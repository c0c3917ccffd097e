import {
  add,
  argMax,
  cumsum,
  div,
  equal,
  exp,
  log,
  max,
  maximum,
  mul,
  ones,
  type Rank,
  range,
  reshape,
  type Scalar,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { checkCount, checkShapes } from "@tx/core";
import { detach, floatsOf, matMul } from "@tx/ops";

export interface RoutingOptions {
  /** How many experts each token goes to, from 1 to all. Default 1. */
  topK?: number;
  /** [batch, seq], bool: false for padding, which goes to none and counts in no loss. */
  mask?: Tensor2D | undefined;
}

export interface RouterLosses {
  /**
   * experts · Σ shareₑ · probabilityₑ, with the share of the choices that fell on an expert and its
   * mean probability: 1 where all are equal, more where some are favoured. []
   */
  readonly balanceLoss: Scalar;
  /** The mean of logsumexp(logits)², which keeps the router's logits small. [] */
  readonly zLoss: Scalar;
}

export interface Routing extends RouterLosses {
  /** [batch, experts, seq], what an expert's output is multiplied by; 0 where it was not chosen. */
  readonly gates: Tensor3D;
  /**
   * [batch, experts, seq], how many earlier tokens of the sequence chose the expert; −1 where the
   * token did not. No gradient flows through.
   */
  readonly places: Tensor3D;
}

/**
 * Sends each token to the experts of its highest probabilities. With topK 1 the gate is the
 * probability itself, through which the router learns; with more they are divided by their sum.
 *
 * @param logits [batch, seq, experts]
 * @throws RangeError if topK is not a whole number from 1 to experts, or the mask is not bool;
 *   ShapeError if logits or mask do not fit.
 * @see Fedus et al. 2021, Switch Transformers, §2.1 and §2.2 (load-balancing loss),
 *   https://arxiv.org/abs/2101.03961
 * @see Lepikhin et al. 2020, GShard, §2.2 (several experts), https://arxiv.org/abs/2006.16668
 * @see Zoph et al. 2022, ST-MoE (router z-loss), https://arxiv.org/abs/2202.08906
 */
export function routeTokens(logits: Tensor3D, { topK = 1, mask }: RoutingOptions = {}): Routing {
  const { experts } = checkShapes(
    ["logits", logits, "batch seq experts"],
    ["mask", mask, "batch seq"],
  );
  checkTopK(topK, experts);
  if (mask && mask.dtype !== "bool") {
    throw new RangeError(`mask: expected bool, got ${mask.dtype}`);
  }
  return tidy(() => {
    const [batch, seq] = logits.shape;
    const probabilities = softmax(logits);
    const picked = chosen(detach(probabilities), topK);
    const weights = mul<Tensor3D>(probabilities, picked);
    const gates = topK > 1 ? div<Tensor3D>(weights, sum(weights, -1, true)) : weights;
    const counted = mask ? reshape<Rank.R3>(floatsOf(mask), [batch, seq, 1]) : undefined;
    const routed = counted ? mul<Tensor3D>(picked, counted) : picked;
    const byExpert = (x: Tensor3D) => transpose(x, [0, 2, 1]);
    const turned = byExpert(routed);
    return {
      gates: byExpert(counted ? mul(gates, counted) : gates),
      // How many chose it up to the token and with it, less one: 0 for the first, and −1 for none.
      places: sub<Tensor3D>(mul(cumsum(turned, 2), turned), 1),
      ...losses(logits, probabilities, picked, counted, topK),
    };
  });
}

/** @throws RangeError if a token cannot go to so many experts. */
export function checkTopK(topK: number, experts: number): void {
  checkCount("topK", topK);
  if (topK > experts) {
    throw new RangeError(`topK: expected a whole number from 1 to ${experts}, got ${topK}`);
  }
}

/** [batch, seq, experts], 1 for the topK highest; of equal ones the first that argMax finds. */
function chosen(probabilities: Tensor3D, topK: number): Tensor3D {
  const [batch, seq, experts] = probabilities.shape;
  const numbers = range(0, experts, 1, "float32");
  let left: Tensor3D = probabilities;
  let all: Tensor3D | undefined;
  for (let n = 0; n < topK; n++) {
    // Not oneHot, which in tfjs 4.22.0's wasm backend gives wrong float32 numbers.
    const best: Tensor = reshape(floatsOf(argMax(left, -1)), [batch, seq, 1]);
    const next = floatsOf(equal(best, numbers) as Tensor3D);
    all = all ? add<Tensor3D>(all, next) : next;
    // Lower than any that is left: a probability is at most 1.
    left = sub(left, mul(next, 2));
  }
  return all!;
}

function losses(
  logits: Tensor3D,
  probabilities: Tensor3D,
  picked: Tensor3D,
  counted: Tensor3D | undefined,
  topK: number,
): RouterLosses {
  const [batch, seq, experts] = logits.shape;
  const tokens = batch * seq;
  const rows = reshape<Rank.R2>(counted ?? ones([tokens]), [1, tokens]);
  const shares = div<Tensor2D>(rows, maximum(sum(rows), 1));
  const mean = (x: Tensor, width: number) => matMul<Tensor2D>(shares, reshape(x, [tokens, width]));
  const choices = div(mean(picked, experts), topK);
  const highest = detach(max(logits, -1, true));
  const logSums = add(highest, log(sum(exp(sub(logits, highest)), -1, true)));
  return {
    balanceLoss: mul(sum(mul(choices, mean(probabilities, experts))), experts),
    zLoss: reshape(mean(square(logSums), 1), []),
  };
}
