import {
  checkCount,
  Dropout,
  Embedding,
  Linear,
  normal,
  type Positional,
  type PositionalConfig,
  type Rng,
} from "@tx/core";
import { type ActivationName, activationOf } from "@tx/ffn";
import { LayerNorm } from "@tx/norm";
import { learned, sinusoidal } from "@tx/positional";
import { CausalLanguageModel } from "./causal-language-model";
import { Decoder } from "./decoder";
import { standardBlock } from "./standard-block";

export interface GptOptions {
  /** Number of tokens there are. */
  vocabSize: number;
  /** Longest sequence, in tokens. */
  maxLen: number;
  /** Number of blocks. */
  layers: number;
  heads: number;
  /** Width of the residual stream, a multiple of heads. */
  dModel: number;
  /** Width within the feed-forward. Default 4 · dModel. */
  dFF?: number;
  /** On embeddings, attention weights and sub-layer outputs, in [0, 1). Default 0. */
  dropout?: number;
  /** Whether linear parts and norms have a bias. Default true. */
  bias?: boolean;
  /** Added to the variance in the norms. Default 1e-5. */
  eps?: number;
  /** Default "gelu-tanh", as in GPT-2. */
  activation?: ActivationName;
  /** Whether logits come from the embedding's own table. Default true. */
  tied?: boolean;
  /** "learned" (default), "sinusoidal", or a strategy of one's own. */
  positional?: "learned" | "sinusoidal" | Positional;
  /** Source of first weights and dropout. */
  rng: Rng;
}

/** What a GPT is made again from. */
export interface GptConfig extends Required<Omit<GptOptions, "rng" | "positional">> {
  readonly kind: "gpt";
  readonly version: 1;
  readonly positional: PositionalConfig;
}

/**
 * A decoder-only model in the layout of GPT-2: pre-norm blocks, a final norm, learned positions,
 * tanh GELU, logits from the embedding's table.
 *
 * @throws RangeError if an option makes no sense.
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.3
 */
export function gpt(options: GptOptions): CausalLanguageModel<GptConfig> {
  const { vocabSize, maxLen, layers, heads, dModel, rng } = options;
  const { dFF = 4 * dModel, dropout = 0, bias = true, tied = true, eps = 1e-5 } = options;
  const { activation = "gelu-tanh", positional = "learned" } = options;
  for (const [name, value] of Object.entries({ vocabSize, maxLen, layers, heads, dModel, dFF })) {
    checkCount(name, value);
  }
  if (dModel % heads !== 0) {
    throw new RangeError(`dModel: expected a multiple of heads=${heads}, got ${dModel}`);
  }
  activationOf(activation);
  checkPositional(positional);
  const embeddingDropout = new Dropout(dropout, rng);
  const norm = new LayerNorm(dModel, { bias, eps });
  // Nothing from here on refuses: no variable is left behind by an option out of range.
  const init = normal(0.02, rng);
  // GPT-2 scales down what is added to the stream by the root of the number of additions.
  const residualInit = normal(0.02 / Math.sqrt(2 * layers), rng);
  const embedding = new Embedding(vocabSize, dModel, { init });
  const strategy = strategyOf(positional, { maxLen, dModel, rng });
  const block = () =>
    standardBlock({ dModel, heads, dFF, activation, bias, eps, dropout, init, residualInit, rng });
  const parts = {
    maxLen,
    embedding,
    dropout: embeddingDropout,
    decoder: new Decoder({
      blocks: Array.from({ length: layers }, block),
      positional: strategy,
      norm,
    }),
    head: tied ? undefined : new Linear(dModel, vocabSize, { init, bias: false }),
  };
  const sizes = { vocabSize, maxLen, layers, heads, dModel, dFF };
  return new CausalLanguageModel(parts, {
    ...{ kind: "gpt", version: 1, ...sizes, dropout, bias, eps, activation, tied },
    positional: strategy.toJSON(),
  });
}

function strategyOf(
  positional: NonNullable<GptOptions["positional"]>,
  sizes: { maxLen: number; dModel: number; rng: Rng },
): Positional {
  if (typeof positional === "object") return positional;
  return positional === "learned" ? learned(sizes) : sinusoidal(sizes);
}

function checkPositional(positional: NonNullable<GptOptions["positional"]>): void {
  const known = typeof positional === "object" && positional !== null;
  if (known || positional === "learned" || positional === "sinusoidal") return;
  throw new RangeError(
    `positional: expected "learned", "sinusoidal" or a strategy, got ${JSON.stringify(positional)}`,
  );
}
