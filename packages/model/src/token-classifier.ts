import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Dropout, Linear } from "@tx/core";
import { EncoderModel, type EncoderModelParts, type EncodeTokensOptions } from "./encoder-model";
import { tidyInspected } from "./inspection";

/** The parts of a model of single tokens, as they are injected. */
export interface TokenClassifierParts extends EncoderModelParts {
  /** On what the encoder makes. */
  dropout: Dropout;
  /** [dModel, classes] */
  classifier: Linear;
}

/**
 * Tells of which class each token is.
 *
 * @see Devlin et al. 2019, BERT, §5.3, https://arxiv.org/abs/1810.04805
 */
export class TokenClassifier<Config = unknown> extends EncoderModel<Config> {
  readonly dropout: Dropout;
  readonly classifier: Linear;

  /** @param config Plain JSON from which the model can be made again. */
  constructor(parts: TokenClassifierParts, config: Config) {
    super(parts, config);
    this.dropout = parts.dropout;
    this.classifier = parts.classifier;
  }

  /**
   * @param ids int32 [batch, seq], each in [0, vocab).
   * @returns Logits of the classes of each token, [batch, seq, classes].
   * @throws As encode.
   */
  forward(ids: Tensor2D, options: EncodeTokensOptions = {}): Tensor3D {
    return tidyInspected(options.inspect, () =>
      this.classifier.forward(this.dropout.forward(this.encode(ids, options))),
    );
  }
}
