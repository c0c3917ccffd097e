import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import { checkShapes, Module, type Positional, spanOf } from "@tx/core";
import type { Decoder } from "./decoder";
import type { Embeddings } from "./embeddings";
import type { Head } from "./head";
import { type Inspection, tidyInspected } from "./inspection";
import { spanOfTokens } from "./span-of-tokens";
import { TiedHead } from "./tied-head";

/** The parts of a causal language model, as they are injected. */
export interface CausalLanguageModelParts {
  embedding: Embeddings;
  /** Longest sequence to accept, in tokens. Default: what the positions allow. */
  maxLen?: number | undefined;
  /** Without cross-attention. Its positions are the model's: here they add to embeddings too. */
  decoder: Decoder;
  /** Default: logits come from the embedding's own table, by a TiedHead. */
  head?: Head | undefined;
}

/** As a type, since tfjs's tidy takes no interface. */
export type SegmentLogits = {
  /** [batch, seq, vocab] */
  logits: Tensor3D;
  /** For the next segment. */
  memory: Tensor3D[];
};

/** Predicts each next token from those before it. */
export class CausalLanguageModel<Config = unknown> extends Module {
  readonly embedding: Embeddings;
  readonly positional: Positional | undefined;
  readonly decoder: Decoder;
  readonly head: Head;
  /** Longest sequence, in tokens; Infinity where neither the model nor its positions set one. */
  readonly maxLen: number;

  /** @param config Plain JSON from which the model can be made again. */
  constructor(
    parts: CausalLanguageModelParts,
    readonly config: Config,
  ) {
    super();
    this.embedding = parts.embedding;
    this.positional = parts.decoder.positional;
    this.decoder = parts.decoder;
    this.head = parts.head ?? new TiedHead(parts.embedding.table);
    this.maxLen = Math.min(...[parts.maxLen, this.positional?.maxLen].map((n) => n ?? Infinity));
  }

  /** Number of tokens there are. */
  get vocabSize(): number {
    return this.embedding.vocabSize;
  }

  /**
   * @param ids int32 [batch, seq], each in [0, vocab).
   * @param caches One a block, of {@link newCaches}: ids go on from the tokens they hold, and only
   *   the new ones are computed.
   * @param visible bool [batch, seq]: false is padding, which no token sees or counts in its
   *   position. Default: none is, but what caches were told they remember.
   * @param inspect What is to be noted down on the way.
   * @returns Logits of each next token, [batch, seq, vocab].
   * @throws RangeError if there are more tokens than the model's maxLen or ids is not int32;
   *   ShapeError if ids is not of rank 2 or visible not of its shape.
   */
  forward(
    ids: Tensor2D,
    caches?: readonly KeyValueCache[],
    visible?: Tensor2D,
    inspect?: Inspection,
  ): Tensor3D {
    const { batch, seq } = checkShapes(["ids", ids, "batch seq"]);
    if (visible) checkShapes(["visible", visible, `${batch} ${seq}`]);
    const held = caches?.[0]?.length ?? 0;
    if (held + seq > this.maxLen) {
      throw new RangeError(`ids: expected at most ${this.maxLen} tokens, got ${held + seq}`);
    }
    const { positional } = this;
    return tidyInspected(inspect, () => {
      const span = spanOfTokens(seq, caches?.[0], visible);
      const x = this.embedding.forward(ids, { positional, span });
      return this.head.forward(this.decoder.forward(x, { span, visible, caches, inspect }));
    });
  }

  /**
   * A segment of a longer text, which also sees what is remembered of the segments before it: for
   * positions that keep a memory, as Transformer-XL's.
   *
   * @param ids int32 [batch, seq]
   * @param memory What the segment before gave; none for the first. Stays the caller's.
   * @param options.inspect What is to be noted down on the way.
   * @returns Logits of each next token, [batch, seq, vocab], and what is remembered for the next
   *   segment, one [batch, kept, dModel] a block, without a gradient; the caller disposes all.
   * @throws RangeError if the positions keep no memory or ids is not int32; ShapeError if something
   *   does not fit.
   */
  forwardSegment(
    ids: Tensor2D,
    memory?: readonly Tensor3D[],
    { inspect }: { inspect?: Inspection | undefined } = {},
  ): SegmentLogits {
    const { seq } = checkShapes(["ids", ids, "batch seq"]);
    const { positional } = this;
    return tidyInspected(inspect, () => {
      const earlier = memory?.[0]?.shape[1] ?? 0;
      const x = this.embedding.forward(ids, { positional, span: spanOf(seq!, earlier + seq!) });
      const { output, memory: kept } = this.decoder.forwardSegment(x, memory, { inspect });
      return { logits: this.head.forward(output), memory: kept };
    });
  }

  /**
   * Empty caches for decoding, one a block.
   *
   * @param batch Rows of the batch. Default 1.
   * @param maxLen Most tokens they can hold. Default the model's maxLen.
   * @returns The caller disposes each.
   * @throws RangeError if maxLen is not a whole number from 1.
   */
  newCaches(batch = 1, maxLen = this.maxLen): KeyValueCache[] {
    return this.decoder.newCaches({ batch, maxLen });
  }
}
