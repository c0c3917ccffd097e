import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { EncoderModel, type EncoderModelParts, type EncodeTokensOptions } from "./encoder-model";
import type { Head } from "./head";
import { tidyInspected } from "./inspection";

/** The parts of a masked language model, as they are injected. */
export interface MaskedLanguageModelParts extends EncoderModelParts {
  /** Such as a MaskedHead. */
  head: Head;
}

/**
 * Tells which token stands at each place from those on both sides, so that it can be asked for the
 * tokens that were hidden.
 *
 * @see Devlin et al. 2019, BERT, §3.1 (task 1), https://arxiv.org/abs/1810.04805
 */
export class MaskedLanguageModel<Config = unknown> extends EncoderModel<Config> {
  readonly head: Head;

  /** @param config Plain JSON from which the model can be made again. */
  constructor(parts: MaskedLanguageModelParts, config: Config) {
    super(parts, config);
    this.head = parts.head;
  }

  /**
   * @param ids int32 [batch, seq], each in [0, vocab).
   * @returns Logits of the token at each place, [batch, seq, vocab].
   * @throws As encode.
   */
  forward(ids: Tensor2D, options: EncodeTokensOptions = {}): Tensor3D {
    return tidyInspected(options.inspect, () => this.head.forward(this.encode(ids, options)));
  }
}
