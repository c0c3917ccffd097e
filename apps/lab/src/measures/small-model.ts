import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { MultiHeadAttention, type MultiHeadAttentionOptions } from "@tx/attention";
import {
  type Initializer,
  Linear,
  normal,
  type Positional,
  type Rng,
  xavierUniform,
} from "@tx/core";
import { FeedForward } from "@tx/ffn";
import { Block, CausalLanguageModel, Decoder, Embeddings, Residual } from "@tx/model";
import { LayerNorm } from "@tx/norm";
import { learned } from "@tx/positional";

export interface SmallModelOptions {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly layers: number;
  /** Longest sequence of the learned positions. */
  readonly maxLen: number;
  /** Options of a layer's attention beside its width and first values. */
  readonly attention: (layer: number) => Partial<MultiHeadAttentionOptions> & { heads: number };
  /** Default: a learned table. */
  readonly positional?: Positional;
  /** How tokens are embedded. Default: variance 1 / dModel, not multiplied. */
  readonly embedding?: { readonly scaled: boolean; readonly init?: Initializer };
  /** Classes that a linear part tells apart. Default: the tokens, from the embedding's own table. */
  readonly classes?: number;
  readonly rng: Rng;
}

/**
 * A decoder of a few thousand weights that learns in seconds: pre-norm blocks with what an experiment
 * asks of attention, first values after Xavier, embeddings of variance 1 / dModel that are the
 * output's too.
 */
export function smallModel(options: SmallModelOptions): CausalLanguageModel<null> {
  const { vocabSize, dModel, layers, maxLen, attention, rng } = options;
  const init = xavierUniform(rng);
  const around = () => new Residual({ policy: "preNorm", norm: () => new LayerNorm(dModel), rng });
  const embedding = new Embeddings({
    ...{ vocabSize, dModel, rng },
    init: options.embedding?.init ?? normal(1 / Math.sqrt(dModel), rng),
    scaled: options.embedding?.scaled,
  });
  const positional =
    options.positional ??
    learned({ maxLen, dModel, rng, init: normal(1 / Math.sqrt(dModel), rng) });
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const attentionResidual = around();
    return new Block({
      attentionResidual,
      attention: new MultiHeadAttention({ dModel, init, rng, ...attention(layer) }),
      feedForwardResidual: around(),
      feedForward: new FeedForward({ dModel, init, rng }),
    });
  });
  const decoder = new Decoder({ blocks, positional, norm: new LayerNorm(dModel) });
  const { classes } = options;
  const head = classes === undefined ? undefined : new Linear(dModel, classes, { init });
  return new CausalLanguageModel({ embedding, decoder, head }, null);
}

/** A model that notes down its maps of attention, such as a CausalLanguageModel. */
type Attentive = Pick<CausalLanguageModel, "forward">;

/** Maps as numbers, [batch][heads][queries][keys], of each layer. */
export type Maps = number[][][][][];

/** The weights of attention on these tokens, int32 [batch, seq]. */
export async function mapsOf(model: Attentive, tokens: Tensor2D): Promise<Maps> {
  const attention: Tensor4D[] = [];
  const made: Tensor[] = attention;
  const logits = model.forward(tokens, undefined, undefined, { attention });
  try {
    return await Promise.all(attention.map((map) => map.array()));
  } finally {
    for (const tensor of [logits, ...made]) tensor.dispose();
  }
}
