import { normal, type Rng, xavierUniform } from "@tx/core";
import { Embeddings, Encoder, MaskedLanguageModel, standardBlock, TiedHead } from "@tx/model";
import { sinusoidal } from "@tx/positional";

export interface SmallEncoderOptions {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly heads: number;
  readonly layers: number;
  readonly rng: Rng;
}

/**
 * The paper's encoder, small: embeddings times √dModel, sinusoidal positions, norms after each
 * sub-layer, ReLU; logits come from the embedding's table.
 */
export function smallEncoder(options: SmallEncoderOptions): MaskedLanguageModel<null> {
  const { vocabSize, dModel, heads, layers, rng } = options;
  const embedding = new Embeddings({
    ...{ vocabSize, dModel, rng, scaled: true },
    init: normal(1 / Math.sqrt(dModel), rng),
  });
  const blocks = Array.from({ length: layers }, () =>
    standardBlock({ dModel, heads, rng, residual: "postNorm", init: xavierUniform(rng) }),
  );
  const encoder = new Encoder({ blocks, positional: sinusoidal({ dModel }) });
  return new MaskedLanguageModel({ embedding, encoder, head: new TiedHead(embedding.table) }, null);
}
