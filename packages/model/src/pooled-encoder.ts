import type { Tensor2D } from "@tensorflow/tfjs-core";
import { EncoderModel, type EncoderModelParts, type EncodeTokensOptions } from "./encoder-model";
import { tidyInspected } from "./inspection";
import type { Pooler } from "./pooler";

/** The parts of a pooled encoder, as they are injected. */
export interface PooledEncoderParts extends EncoderModelParts {
  pooler: Pooler;
}

/** An encoder by itself: `encode` for a vector a token, `forward` for one a text. */
export class PooledEncoder<Config = unknown> extends EncoderModel<Config> {
  readonly pooler: Pooler;

  /** @param config Plain JSON from which the model can be made again. */
  constructor(parts: PooledEncoderParts, config: Config) {
    super(parts, config);
    this.pooler = parts.pooler;
  }

  /**
   * @param ids int32 [batch, seq], each in [0, vocab); the first token of a row is no padding.
   * @returns [batch, dModel]
   * @throws As encode.
   */
  forward(ids: Tensor2D, options: EncodeTokensOptions = {}): Tensor2D {
    return tidyInspected(options.inspect, () => this.pooler.forward(this.encode(ids, options)));
  }
}
