import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { KeyValueCache } from "@tx/attention";
import {
  checkShapes,
  type Dropout,
  type Embedding,
  type Linear,
  Module,
  type Positional,
} from "@tx/core";
import { matMul } from "@tx/ops";
import type { Decoder } from "./decoder";
import { type Inspection, tidyInspected } from "./inspection";
import { spanOfTokens } from "./span-of-tokens";

/** The parts of a causal language model, as they are injected. */
export interface CausalLanguageModelParts {
  embedding: Embedding;
  /** Longest sequence to accept, in tokens. Default: what the positions allow. */
  maxLen?: number | undefined;
  /** On the sum of embedding and position. */
  dropout: Dropout;
  /** Without cross-attention. Its positions are the model's: here they add to embeddings too. */
  decoder: Decoder;
  /** Undefined: logits come from the embedding's own table (tied). */
  head?: Linear | undefined;
}

/** Predicts each next token from those before it. */
export class CausalLanguageModel<Config = unknown> extends Module {
  readonly embedding: Embedding;
  readonly positional: Positional | undefined;
  readonly dropout: Dropout;
  readonly decoder: Decoder;
  readonly head: Linear | undefined;
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
    this.dropout = parts.dropout;
    this.decoder = parts.decoder;
    this.head = parts.head;
    this.maxLen = Math.min(...[parts.maxLen, this.positional?.maxLen].map((n) => n ?? Infinity));
  }

  /** Number of tokens there are. */
  get vocabSize(): number {
    return this.embedding.table.shape[0]!;
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
    return tidyInspected(inspect, () => {
      const span = spanOfTokens(seq, caches?.[0], visible);
      const embedded = this.embedding.forward<Tensor3D>(ids);
      const x = this.dropout.forward(this.positional?.embed?.(embedded, span) ?? embedded);
      return this.#logits(this.decoder.forward(x, { span, visible, caches, inspect }));
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

  #logits(x: Tensor3D): Tensor3D {
    if (this.head) return this.head.forward(x);
    return matMul(x, this.embedding.table, { transposeB: true });
  }
}
