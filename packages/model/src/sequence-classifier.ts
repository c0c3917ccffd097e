import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Dropout, Linear } from "@tx/core";
import { EncoderModel, type EncoderModelParts, type EncodeTokensOptions } from "./encoder-model";
import { tidyInspected } from "./inspection";
import type { Pooler } from "./pooler";

/** The parts of a model of whole texts, as they are injected. */
export interface SequenceClassifierParts extends EncoderModelParts {
  pooler: Pooler;
  /** On what the pooler makes. */
  dropout: Dropout;
  /** [dModel, classes] */
  classifier: Linear;
}

/**
 * Tells of which class a text is, from its first token.
 *
 * @see Devlin et al. 2019, BERT, §4.1, https://arxiv.org/abs/1810.04805
 */
export class SequenceClassifier<Config = unknown> extends EncoderModel<Config> {
  readonly pooler: Pooler;
  readonly dropout: Dropout;
  readonly classifier: Linear;

  /** @param config Plain JSON from which the model can be made again. */
  constructor(parts: SequenceClassifierParts, config: Config) {
    super(parts, config);
    this.pooler = parts.pooler;
    this.dropout = parts.dropout;
    this.classifier = parts.classifier;
  }

  /**
   * @param ids int32 [batch, seq], each in [0, vocab); the first token of a row is no padding.
   * @returns Logits of the classes, [batch, classes].
   * @throws As encode.
   */
  forward(ids: Tensor2D, options: EncodeTokensOptions = {}): Tensor2D {
    return tidyInspected(options.inspect, () => {
      const pooled = this.pooler.forward(this.encode(ids, options));
      return this.classifier.forward(this.dropout.forward(pooled));
    });
  }
}
