import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import { checkShapes, type Dropout, Module, type Span } from "@tx/core";
import { ConditionedModel } from "./conditioned-model";
import type { Decoder } from "./decoder";
import type { Embeddings } from "./embeddings";
import type { Encoder } from "./encoder";
import type { Head } from "./head";
import { type Inspection, tidyInspected } from "./inspection";
import { spanOfTokens } from "./span-of-tokens";
import { TiedHead } from "./tied-head";

/** The parts of an encoder-decoder model, as they are injected. */
export interface EncoderDecoderModelParts {
  /** Of the source. */
  embedding: Embeddings;
  /** Of the target. Default: the source's, shared. */
  targetEmbedding?: Embeddings | undefined;
  /** Its positions add to the source's embeddings too. */
  encoder: Encoder;
  /** With cross-attention. Its positions add to the target's embeddings too. */
  decoder: Decoder;
  /** On what the encoder and the decoder make. Default: none. */
  outputDropout?: Dropout | undefined;
  /** Default: logits come from the target embedding's own table, by a TiedHead. */
  head?: Head | undefined;
}

export interface EncodeSourceOptions {
  /** bool [batch, source]: false is padding, which nobody sees. Default: none is. */
  visible?: Tensor2D | undefined;
  /** Where the tokens sit. Default: from 0 on, padding left out. */
  span?: Span | undefined;
  /** What is to be noted down on the way. */
  inspect?: Inspection | undefined;
}

export interface DecodeTargetOptions {
  /** What the encoder made, [batch, source, dModel]; beside caches that hold it, none. */
  memory?: Tensor3D | undefined;
  /** bool [batch, source]: false is padding of the source. */
  memoryVisible?: Tensor2D | undefined;
  /** bool [batch, target]: false is padding of the target. */
  visible?: Tensor2D | undefined;
  /** Where the tokens sit. Default: after those of the caches, padding left out. */
  span?: Span | undefined;
  /** Of {@link EncoderDecoderModel.newCaches}: target goes on from the tokens they hold. */
  caches?: readonly KeyValueCache[] | undefined;
  /** What is to be noted down on the way. */
  inspect?: Inspection | undefined;
}

export interface EncoderDecoderModelOptions {
  /** bool [batch, source]: false is padding of the source. */
  sourceVisible?: Tensor2D | undefined;
  /** bool [batch, target]: false is padding of the target. */
  targetVisible?: Tensor2D | undefined;
  /** Where the source's tokens sit. Default: from 0 on, padding left out. */
  sourceSpan?: Span | undefined;
  /** Where the target's tokens sit. Default: from 0 on, padding left out. */
  targetSpan?: Span | undefined;
  /** What is to be noted down of each side. */
  inspect?: { encoder?: Inspection | undefined; decoder?: Inspection | undefined } | undefined;
}

/**
 * Predicts each next token of a text from those before it and all of another, as translation does.
 *
 * @see Vaswani et al. 2017, Attention Is All You Need, §3, https://arxiv.org/abs/1706.03762
 */
export class EncoderDecoderModel<Config = unknown> extends Module {
  readonly embedding: Embeddings;
  /** The same as embedding where they are shared. */
  readonly targetEmbedding: Embeddings;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly outputDropout: Dropout | undefined;
  readonly head: Head;

  /**
   * @param config Plain JSON from which the model can be made again.
   * @throws RangeError if the decoder has no cross-attention.
   */
  constructor(
    { embedding, encoder, decoder, ...parts }: EncoderDecoderModelParts,
    readonly config: Config,
  ) {
    super();
    if (!decoder.crosses) {
      throw new RangeError("decoder: expected blocks with cross-attention, got none");
    }
    this.embedding = embedding;
    this.targetEmbedding = parts.targetEmbedding ?? embedding;
    this.encoder = encoder;
    this.decoder = decoder;
    this.outputDropout = parts.outputDropout;
    this.head = parts.head ?? new TiedHead(this.targetEmbedding.table);
  }

  /** Number of tokens that a target can have. */
  get vocabSize(): number {
    return this.targetEmbedding.vocabSize;
  }

  /** Longest target, in tokens; Infinity where its positions set none. */
  get maxLen(): number {
    return this.decoder.positional?.maxLen ?? Infinity;
  }

  /**
   * @param source int32 [batch, source], each in [0, source vocab).
   * @param target int32 [batch, target], each in [0, vocab): what has been said so far.
   * @returns Logits of each next token of the target, [batch, target, vocab].
   * @throws ShapeError if something does not fit; RangeError if ids are not int32 or there are more
   *   than the positions allow.
   */
  forward(source: Tensor2D, target: Tensor2D, options: EncoderDecoderModelOptions = {}): Tensor3D {
    const { sourceVisible, targetVisible: visible, targetSpan: span, inspect } = options;
    checkShapes(["source", source, "batch source"], ["target", target, "batch target"]);
    const run = () => {
      const memory = this.encode(source, {
        ...{ visible: sourceVisible, span: options.sourceSpan, inspect: inspect?.encoder },
      });
      return this.decode(target, {
        ...{ memory, memoryVisible: sourceVisible, visible, span, inspect: inspect?.decoder },
      });
    };
    return tidyInspected([inspect?.encoder, inspect?.decoder], run);
  }

  /**
   * What the decoder is to read of a source.
   *
   * @param source int32 [batch, source]
   * @returns [batch, source, dModel]
   * @throws As forward.
   */
  encode(source: Tensor2D, { visible, inspect, ...options }: EncodeSourceOptions = {}): Tensor3D {
    const { batch, seq } = checkShapes(["source", source, "batch seq"]);
    if (visible) checkShapes(["visible", visible, `${batch} ${seq}`]);
    const { positional } = this.encoder;
    checkLength("source", seq!, positional?.maxLen);
    return tidyInspected(inspect, () => {
      const span = options.span ?? spanOfTokens(seq!, undefined, visible);
      const x = this.embedding.forward(source, { positional, span });
      return this.#dropped(this.encoder.forward(x, { span, visible, inspect }));
    });
  }

  /**
   * @param target int32 [batch, target], each of which sees those before it, and the memory.
   * @returns Logits of each next token, [batch, target, vocab].
   * @throws As forward; RangeError too if there is no memory, or the caches are not this model's.
   */
  decode(target: Tensor2D, options: DecodeTargetOptions): Tensor3D {
    const { caches, visible, memory, memoryVisible, inspect } = options;
    const { batch, seq } = checkShapes(["target", target, "batch seq"]);
    if (visible) checkShapes(["visible", visible, `${batch} ${seq}`]);
    const own = caches?.[0]?.fixed ? undefined : caches?.[0];
    const { positional } = this.decoder;
    checkLength("target", (own?.length ?? 0) + seq!, positional?.maxLen);
    return tidyInspected(inspect, () => {
      const span = options.span ?? spanOfTokens(seq!, own, visible);
      const x = this.targetEmbedding.forward(target, { positional, span });
      const call = { span, visible, memory, memoryVisible, caches, inspect };
      return this.head.forward(this.#dropped(this.decoder.forward(x, call)));
    });
  }

  /**
   * Empty caches for decoding, one a block, then one more a block with what it reads of the memory.
   *
   * @param memory [batch, source, dModel]
   * @param options Their size, and what of the source is padding.
   * @param options.maxLen Most tokens of a target they can hold. Default the model's maxLen.
   * @param options.memoryVisible bool [batch, source]: false is padding of the source.
   * @returns The caller disposes each.
   * @throws RangeError if maxLen is not a whole number from 1; ShapeError if the memory does not fit.
   */
  newCaches(
    memory: Tensor3D,
    {
      maxLen = this.maxLen,
      memoryVisible,
    }: { maxLen?: number; memoryVisible?: Tensor2D | undefined } = {},
  ): KeyValueCache[] {
    return this.decoder.newCaches({ maxLen, memory, memoryVisible });
  }

  /**
   * What goes on from targets of given sources: for {@link generate}, {@link generateBatch} and
   * {@link generateBeams}, whose prompts are then what a target begins with, such as a start token.
   * The sources are read once, here.
   *
   * @param sources Token ids, at least one each; they may have different lengths.
   * @returns The caller disposes it; the model stays.
   * @throws RangeError if there are none, or one is no token of the embedding, or one is longer than
   *   the positions allow.
   */
  conditionedOn(sources: readonly (readonly number[])[]): ConditionedModel {
    return new ConditionedModel(this, sources);
  }

  #dropped(x: Tensor3D): Tensor3D {
    return this.outputDropout?.forward(x) ?? x;
  }
}

function checkLength(name: string, length: number, most = Infinity): void {
  if (length > most) {
    throw new RangeError(`${name}: expected at most ${most} tokens, got ${length}`);
  }
}
