import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { Module, type Span } from "@tx/core";
import type { DecodeOptions, Decoder } from "./decoder";
import type { EncodeOptions, Encoder } from "./encoder";
import { type Inspection, tidyInspected } from "./inspection";

export interface EncoderDecoderOptions {
  /** bool [batch, source]: false is padding of the source, which neither side sees. */
  sourceVisible?: Tensor2D | undefined;
  /** bool [batch, target]: false is padding of the target. */
  targetVisible?: Tensor2D | undefined;
  /** Where the source's tokens sit. Default: from 0 on. */
  sourceSpan?: Span | undefined;
  /** Where the target's tokens sit. Default: from 0 on, padding left out. */
  targetSpan?: Span | undefined;
  /** What is to be noted down of each side. */
  inspect?: { encoder?: Inspection | undefined; decoder?: Inspection | undefined } | undefined;
}

/**
 * An encoder and a decoder that reads what it made. Both get embedded tokens.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3, https://arxiv.org/abs/1706.03762
 */
export class EncoderDecoder extends Module {
  readonly encoder: Encoder;
  readonly decoder: Decoder;

  /** @throws RangeError if the decoder has no cross-attention. */
  constructor({ encoder, decoder }: { encoder: Encoder; decoder: Decoder }) {
    super();
    if (!decoder.crosses) {
      throw new RangeError("decoder: expected blocks with cross-attention, got none");
    }
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /**
   * @param source Embedded tokens, [batch, source, dModel].
   * @param target Embedded tokens, [batch, target, dModel], each of which sees those before it.
   * @returns [batch, target, dModel]
   * @throws ShapeError if an input or a mask does not fit.
   */
  forward(source: Tensor3D, target: Tensor3D, options: EncoderDecoderOptions = {}): Tensor3D {
    const { sourceVisible, targetVisible, sourceSpan, targetSpan, inspect } = options;
    const sides = { encoder: inspect?.encoder, decoder: inspect?.decoder };
    const run = () => {
      const memory = this.encode(source, {
        ...{ visible: sourceVisible, span: sourceSpan, inspect: sides.encoder },
      });
      return this.decode(target, {
        ...{ memory, memoryVisible: sourceVisible },
        ...{ visible: targetVisible, span: targetSpan, inspect: sides.decoder },
      });
    };
    return tidyInspected([sides.encoder, sides.decoder], run);
  }

  /** As {@link Encoder.forward}. */
  encode(source: Tensor3D, options: EncodeOptions = {}): Tensor3D {
    return this.encoder.forward(source, options);
  }

  /** As {@link Decoder.forward}. */
  decode(target: Tensor3D, options: DecodeOptions): Tensor3D {
    return this.decoder.forward(target, options);
  }
}
