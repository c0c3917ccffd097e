import { mul, tidy } from "@tensorflow/tfjs-core";
import {
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
  type QueryKeyNorm,
  type ScoreFunction,
} from "@tx/attention";
import { checkCount, type Initializer, normal, type Rng } from "@tx/core";
import { type Activation, type ActivationName, FeedForward, GatedFeedForward } from "@tx/ffn";
import type { DeepNormCoefficients } from "@tx/norm";
import { Block, type FeedForwardPart } from "./block";
import { madeTogether } from "./made-together";
import { type NormName, normMaker } from "./norm-maker";
import { type Norm, Residual, type ResidualPolicy } from "./residual";

/** Shares zeroed while training, each in [0, 1). Default 0. */
export interface BlockDropout {
  /** Of the weights of attention. */
  attention?: number | undefined;
  /** Of the features within the feed-forward. */
  inner?: number | undefined;
  /** Of each sub-layer's output. */
  output?: number | undefined;
}

/** Whether there is a bias. Default true. */
export interface BlockBias {
  /** In all projections of attention, or in each by its name. */
  attention?: MultiHeadAttentionOptions["bias"];
  feedForward?: boolean | undefined;
  norm?: boolean | undefined;
}

export interface StandardBlockOptions {
  dModel: number;
  heads: number;
  /** Number of key and value heads in self-attention, a divisor of heads. Default heads. */
  kvHeads?: number | undefined;
  /** Width of each head. Default dModel / heads, which then must be whole. */
  headDim?: number | undefined;
  /** Width within the feed-forward. Default 4 · dModel, or gatedWidth of dModel where it is gated. */
  dFF?: number | undefined;
  /** Whether the feed-forward has a gate. Default false. */
  gated?: boolean | undefined;
  /** Of the feed-forward, or of its gate. Default "relu", with a gate "silu". */
  activation?: "sigmoid" | ActivationName | Activation | undefined;
  /** Makes another feed-forward in the place of these, such as a mixture of experts. */
  feedForward?: (() => FeedForwardPart) | undefined;
  /** "layer" (default), "rms", "scale", "batch", or what makes a norm of one's own. */
  norm?: NormName | (() => Norm) | undefined;
  /** Of the norms. Default: the norm's own. */
  eps?: number | undefined;
  /** What is around each sub-layer. Default "preNorm". */
  residual?: ResidualPolicy | undefined;
  /** Of deepNormCoefficients, for "deepNorm", which needs them: beta scales the first values. */
  deepNorm?: DeepNormCoefficients | undefined;
  /** A number is for attention and output. Default 0. */
  dropout?: number | BlockDropout | undefined;
  /** Share of a batch's rows that go without a sub-layer while training, in [0, 1). Default 0. */
  stochasticDepth?: number | undefined;
  /** Whether linear parts and norms have a bias: all or none, or each by its name. Default true. */
  bias?: boolean | BlockBias | undefined;
  /** Whether there is cross-attention after self-attention. Default false. */
  cross?: boolean | undefined;
  /** Width of what cross-attention reads. Default dModel. */
  memoryDim?: number | undefined;
  /** How queries and keys are compared. Default scaledDotProduct. */
  score?: ScoreFunction | undefined;
  /** Normalises each head's queries and keys. Default: not at all. */
  queryKeyNorm?: QueryKeyNorm | undefined;
  /** First values of the kernels. Default: Gaussian of standard deviation 0.02. */
  init?: Initializer | undefined;
  /** First values of the query kernels, where they differ. */
  queryInit?: Initializer | undefined;
  /** First values of the kernels that write to the residual stream, where they differ. */
  residualInit?: Initializer | undefined;
  /** Source of first weights, dropout and stochastic depth. */
  rng: Rng;
}

/**
 * The usual block: multi-head attention, cross-attention if asked for, and a feed-forward, all with
 * one policy and one sort of norm. For any other, copy this function and change it.
 *
 * @throws RangeError if an option makes no sense; nothing is left behind.
 */
export function standardBlock(options: StandardBlockOptions): Block {
  const { dModel, residual: policy = "preNorm", deepNorm, stochasticDepth, rng } = options;
  checkCount("dModel", dModel);
  checkDeepNorm(policy, deepNorm);
  const { attention, inner, output } = ratesOf(options.dropout);
  const bias = biasesOf(options.bias);
  const norm = normMaker(options.norm ?? "layer", { dModel, eps: options.eps, bias: bias.norm });
  const alpha = deepNorm?.alpha;
  const inits = initsOf(options);
  return madeTogether((own) => {
    const around = () =>
      own(new Residual({ policy, norm, alpha, dropout: output, stochasticDepth, rng }));
    const heads = attentionOf(options, { bias, inits, dropout: attention });
    const attend = (more: Partial<MultiHeadAttentionOptions>) =>
      own(new MultiHeadAttention({ ...heads, ...more }));
    return new Block({
      attention: attend({ kvHeads: options.kvHeads }),
      attentionResidual: around(),
      ...(options.cross && {
        crossAttention: attend({ keyDim: options.memoryDim }),
        crossResidual: around(),
      }),
      feedForward: own(
        options.feedForward?.() ?? feedForwardOf(options, { bias, dropout: inner, inits }),
      ),
      feedForwardResidual: around(),
    });
  });
}

interface Inits {
  /** Undefined: each part's own. */
  readonly init: Initializer | undefined;
  readonly value: Initializer | undefined;
  readonly output: Initializer | undefined;
  readonly expand: Initializer | undefined;
}

/** DeepNorm scales down values, outputs and the feed-forward, but no queries and keys. */
function initsOf({ init, residualInit = init, deepNorm, rng }: StandardBlockOptions): Inits {
  if (!deepNorm) return { init, value: init, output: residualInit, expand: init };
  const first = init ?? normal(0.02, rng);
  const scaled = (of: Initializer): Initializer => {
    return (shape) => tidy(() => mul(of(shape), deepNorm.beta));
  };
  const output = scaled(residualInit ?? first);
  return { init: first, value: scaled(first), output, expand: scaled(first) };
}

/** What the sub-layers are made with, settled. */
interface Shared {
  readonly bias: Required<BlockBias>;
  readonly dropout: number;
  readonly inits: Inits;
}

function attentionOf(
  options: StandardBlockOptions,
  { bias, dropout, inits }: Shared,
): MultiHeadAttentionOptions {
  const { dModel, heads, headDim, score, queryKeyNorm, rng } = options;
  return {
    ...{ dModel, heads, headDim, score, queryKeyNorm, rng, dropout, bias: bias.attention },
    ...{ init: inits.init, queryInit: options.queryInit },
    ...{ valueInit: inits.value, outputInit: inits.output },
  };
}

function feedForwardOf(
  { dModel, dFF, gated = false, activation, rng }: StandardBlockOptions,
  { bias, dropout, inits }: Shared,
): FeedForwardPart {
  const sizes = { dModel, dFF, bias: bias.feedForward, dropout, rng, init: inits.expand };
  if (gated) return new GatedFeedForward({ ...sizes, activation, downInit: inits.output });
  if (activation === "sigmoid") {
    throw new RangeError(
      'activation: expected one for a feed-forward without a gate, got "sigmoid"',
    );
  }
  return new FeedForward({ ...sizes, activation, contractInit: inits.output });
}

function biasesOf(bias: StandardBlockOptions["bias"] = true): Required<BlockBias> {
  if (typeof bias === "boolean") return { attention: bias, feedForward: bias, norm: bias };
  const { attention = true, feedForward = true, norm = true } = bias;
  return { attention, feedForward, norm };
}

function ratesOf(dropout: StandardBlockOptions["dropout"] = 0) {
  const all = typeof dropout === "number";
  const { attention = 0, inner = 0, output = 0 } = all ? {} : dropout;
  return all ? { attention: dropout, inner: 0, output: dropout } : { attention, inner, output };
}

function checkDeepNorm(policy: ResidualPolicy, deepNorm: DeepNormCoefficients | undefined): void {
  if ((policy === "deepNorm") === (deepNorm !== undefined)) return;
  throw new RangeError(
    deepNorm
      ? `deepNorm: expected none with ${policy}, got some`
      : "deepNorm: expected coefficients with deepNorm, got none",
  );
}
