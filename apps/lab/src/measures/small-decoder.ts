import { normal, type Positional } from "@tx/core";
import {
  CausalLanguageModel,
  Decoder,
  Embeddings,
  needsFinalNorm,
  normMaker,
  type StandardBlockOptions,
  standardBlock,
} from "@tx/model";

interface SmallDecoderOptions extends Omit<StandardBlockOptions, "cross"> {
  readonly vocabSize: number;
  readonly layers: number;
  /** The model's own from then on. */
  readonly positional?: Positional | undefined;
  /** Of the embeddings, in [0, 1). Default 0. */
  readonly embeddingDropout?: number | undefined;
}

/** A causal language model of equal blocks, of which every part can be another. */
export function smallDecoder(options: SmallDecoderOptions): CausalLanguageModel {
  const { vocabSize, layers, dModel, residual = "preNorm", norm = "layer", rng } = options;
  const init = normal(dModel ** -0.5, rng);
  const embedding = new Embeddings({
    ...{ vocabSize, dModel, init, rng, scaled: true },
    dropout: options.embeddingDropout,
  });
  const blocks = Array.from({ length: layers }, () => standardBlock(options));
  const last = needsFinalNorm(residual) ? normMaker(norm, { dModel })() : undefined;
  const decoder = new Decoder({ blocks, positional: options.positional, norm: last });
  return new CausalLanguageModel({ embedding, decoder }, undefined);
}
