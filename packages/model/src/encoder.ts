import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { and } from "@tx/attention";
import { type Mask, Module, type Positional, type Span } from "@tx/core";
import type { Block } from "./block";
import { type Inspection, tidyInspected } from "./inspection";
import type { Norm } from "./residual";
import { checkStrategy, runStack } from "./stack";

/** The parts of an encoder, as they are injected. */
export interface EncoderParts {
  /** Without cross-attention. */
  blocks: readonly Block[];
  /**
   * Whose rotate, bias, scores and values every block applies. What a strategy adds to embeddings is
   * done to x before: `positional.embed`.
   */
  positional?: Positional | undefined;
  /** After the last block; see needsFinalNorm. */
  norm?: Norm | undefined;
}

export interface EncodeOptions {
  /** bool [batch, seq]: false is padding, which no token sees. Default: none is. */
  visible?: Tensor2D | undefined;
  /** What each token may attend to beside that. Default: all. */
  mask?: Mask | undefined;
  /** Where the tokens sit. Default: from 0 on, one after the other. */
  span?: Span | undefined;
  /** What is to be noted down. */
  inspect?: Inspection | undefined;
}

/**
 * Blocks in which every token sees every other.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.1, https://arxiv.org/abs/1706.03762
 */
export class Encoder extends Module {
  readonly positional: Positional | undefined;
  readonly blocks: readonly Block[];
  readonly norm: Norm | undefined;

  /** @throws RangeError if a block has cross-attention, or a score function that the positions do not suit. */
  constructor({ blocks, positional, norm }: EncoderParts) {
    super();
    if (blocks.some(({ crossAttention }) => crossAttention)) {
      throw new RangeError("blocks: expected none with cross-attention in an encoder, got one");
    }
    checkStrategy(blocks, positional);
    this.positional = positional;
    this.blocks = [...blocks];
    this.norm = norm;
  }

  /**
   * @param x Embedded tokens, [batch, seq, dModel].
   * @returns [batch, seq, dModel]
   * @throws ShapeError if x or a mask does not fit.
   */
  forward(x: Tensor3D, { visible, mask, span, inspect }: EncodeOptions = {}): Tensor3D {
    const { positional } = this;
    return tidyInspected(inspect, () => {
      const padding = visible && { keys: visible };
      const seen = mask && padding ? and(mask, padding) : (mask ?? padding);
      const call = { mask: seen, visible, positional, span, inspect };
      return runStack(this, x, { callOf: (layer) => ({ ...call, layer }), visible, inspect });
    });
  }
}
