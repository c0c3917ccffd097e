import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { and, type KeyValueCache, keyValuesOf, newCache } from "@tx/attention";
import { type Mask, Module, type Positional, type Span } from "@tx/core";
import type { Block } from "./block";
import { type Inspection, tidyInspected } from "./inspection";
import type { Norm } from "./residual";
import { forwardSegment, type SegmentOptions, type SegmentResult } from "./segment";
import { spanOfTokens } from "./span-of-tokens";
import { checkStrategy, runStack } from "./stack";

/** The parts of a decoder, as they are injected. */
export interface DecoderParts {
  /** All with cross-attention, or none. */
  blocks: readonly Block[];
  /**
   * Whose rotate, bias, scores and values self-attention applies in every block. What a strategy adds
   * to embeddings is done to x before: `positional.embed`.
   */
  positional?: Positional | undefined;
  /** After the last block; see needsFinalNorm. */
  norm?: Norm | undefined;
}

export interface DecodeOptions {
  /**
   * bool [batch, seq]: false is padding, which no token sees or counts in its position. Default: none
   * is, but what caches were told they remember.
   */
  visible?: Tensor2D | undefined;
  /** What each token may attend to among those before it. Default: all. */
  mask?: Mask | undefined;
  /** Where the tokens sit. Default: after those of the caches, padding left out. */
  span?: Span | undefined;
  /** What cross-attention reads, [batch, keys, keyDim]; beside caches that hold it, none. */
  memory?: Tensor3D | undefined;
  /** bool [batch, keys]: false is padding of the memory. */
  memoryVisible?: Tensor2D | undefined;
  /** Of {@link Decoder.newCaches}: x goes on from the tokens that they hold. */
  caches?: readonly KeyValueCache[] | undefined;
  /** What is to be noted down. */
  inspect?: Inspection | undefined;
}

export interface NewCachesOptions {
  /** Rows of the batch. Default that of the memory, else 1. */
  batch?: number | undefined;
  /** Most tokens that they can hold. */
  maxLen: number;
  /** What cross-attention is to read, [batch, keys, keyDim]; needed where there is some. */
  memory?: Tensor3D | undefined;
  /** bool [batch, keys]: false is padding of the memory. */
  memoryVisible?: Tensor2D | undefined;
}

/**
 * Blocks in which a token sees those before it, and with cross-attention what an encoder made.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.1, https://arxiv.org/abs/1706.03762
 */
export class Decoder extends Module {
  readonly positional: Positional | undefined;
  readonly blocks: readonly Block[];
  readonly norm: Norm | undefined;

  /** @throws RangeError if only some blocks have cross-attention, or one a score function that the positions do not suit. */
  constructor({ blocks, positional, norm }: DecoderParts) {
    super();
    const crossing = blocks.filter(({ crossAttention }) => crossAttention).length;
    if (crossing !== 0 && crossing !== blocks.length) {
      throw new RangeError(
        `blocks: expected all with cross-attention or none, got ${crossing} of ${blocks.length}`,
      );
    }
    checkStrategy(blocks, positional);
    this.positional = positional;
    this.blocks = [...blocks];
    this.norm = norm;
  }

  /** Whether it reads a memory. */
  get crosses(): boolean {
    return this.blocks[0]?.crossAttention !== undefined;
  }

  /**
   * @param x Embedded tokens, [batch, seq, dModel].
   * @returns [batch, seq, dModel]
   * @throws ShapeError if x, a mask or the memory does not fit; RangeError if there is no memory where
   *   one is to be read, or the caches are not this decoder's or have no room. Caches are then as they
   *   were.
   */
  forward(x: Tensor3D, options: DecodeOptions = {}): Tensor3D {
    const { visible, mask, memory, memoryVisible, inspect } = options;
    const { own, cross } = this.#cachesOf(options.caches);
    const { positional } = this;
    const run = () => {
      const { span = positional && spanOfTokens(x.shape[1], own?.[0], visible) } = options;
      const causal = { causal: true, keys: visible };
      const call = {
        ...{ mask: mask ? and(mask, causal) : causal, visible, positional, span, memory, inspect },
        memoryMask: memoryVisible && { keys: memoryVisible },
      };
      const callOf = (layer: number) => {
        return { ...call, layer, cache: own?.[layer], crossCache: cross?.[layer] };
      };
      return runStack(this, x, { callOf, visible, inspect });
    };
    const held = own?.[0]?.length;
    try {
      return tidyInspected(inspect, run);
    } catch (error) {
      // The blocks before the one that failed have taken the tokens in.
      if (held !== undefined) for (const cache of own!) cache.truncate(held);
      throw error;
    }
  }

  /**
   * One segment of a longer text after Transformer-XL: block n also reads what block n read in the
   * segments before, as many tokens of it as the strategy's memory keeps. No gradient flows into
   * that.
   *
   * @param x Embedded tokens of the segment, [batch, seq, dModel].
   * @param memory Of the call before, [batch, earlier, dModel] for each block; undefined in the first.
   * @returns The segment's output, and the memory for the next call; all of it the caller's, and so is
   *   the memory that was given.
   * @throws RangeError if the strategy keeps no memory, there is cross-attention, or the memory given
   *   is not one a block; ShapeError if something does not fit.
   * @see Dai et al. 2019, Transformer-XL, §3.2, https://arxiv.org/abs/1901.02860
   */
  forwardSegment(
    x: Tensor3D,
    memory?: readonly Tensor3D[],
    options: SegmentOptions = {},
  ): SegmentResult {
    if (this.crosses) {
      throw new RangeError("blocks: expected none with cross-attention for segments, got some");
    }
    return forwardSegment(this, x, memory, options);
  }

  /**
   * Empty caches for decoding, one a block; with a memory then one more a block, fixed, for what
   * cross-attention reads of it. They reorder together, as {@link generateBeams} does.
   *
   * @returns The caller disposes each.
   * @throws RangeError if a size is no whole number from 1, or there is a memory where none is read or
   *   the other way round; ShapeError if the memory does not fit.
   */
  newCaches({ maxLen, memory, memoryVisible, ...rest }: NewCachesOptions): KeyValueCache[] {
    const { batch = memory?.shape[0] ?? 1 } = rest;
    if (this.crosses !== (memory !== undefined)) {
      throw new RangeError(
        memory
          ? "memory: expected none without cross-attention, got one"
          : "memory: expected something for cross-attention to read, got none",
      );
    }
    if (memory && memory.shape[0] !== batch) {
      throw new RangeError(`batch: expected the memory's ${memory.shape[0]} rows, got ${batch}`);
    }
    const mask = memoryVisible && { keys: memoryVisible };
    const made: KeyValueCache[] = [];
    try {
      for (const { attention } of this.blocks) made.push(newCache(attention, { batch, maxLen }));
      for (const { crossAttention } of memory ? this.blocks : []) {
        made.push(keyValuesOf(crossAttention!, memory!, { mask }));
      }
    } catch (error) {
      for (const cache of made) cache.dispose();
      throw error;
    }
    return made;
  }

  /** The caches of self-attention and of cross-attention; those of the former may be missing. */
  #cachesOf(caches: readonly KeyValueCache[] | undefined): {
    own?: readonly KeyValueCache[];
    cross?: readonly KeyValueCache[];
  } {
    const layers = this.blocks.length;
    if (!caches || caches.length === 0) return {};
    if (!this.crosses && caches.length === layers) return { own: caches };
    if (this.crosses && caches.length === 2 * layers) {
      return { own: caches.slice(0, layers), cross: caches.slice(layers) };
    }
    if (this.crosses && caches.length === layers && caches[0]!.fixed) return { cross: caches };
    const wanted = this.crosses ? `${layers} and ${layers} for the memory` : layers;
    throw new RangeError(`caches: expected ${wanted}, got ${caches.length}`);
  }
}
