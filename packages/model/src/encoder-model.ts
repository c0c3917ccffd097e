import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { checkShapes, Module, type Positional, type Span } from "@tx/core";
import type { Embeddings } from "./embeddings";
import type { Encoder } from "./encoder";
import { type Inspection, tidyInspected } from "./inspection";
import { spanOfTokens } from "./span-of-tokens";

/** The parts that read a text, as they are injected. */
export interface EncoderModelParts {
  embedding: Embeddings;
  /** Its positions are the model's: here they add to embeddings too. */
  encoder: Encoder;
  /** Longest sequence to accept, in tokens. Default: what the positions allow. */
  maxLen?: number | undefined;
}

export interface EncodeTokensOptions {
  /**
   * bool [batch, seq]: false is padding, which no token sees or counts in its position. Default: none
   * is.
   */
  visible?: Tensor2D | undefined;
  /** int32 [batch, seq]: the sort of each token's segment. Default: all 0. */
  segments?: Tensor2D | undefined;
  /** Where the tokens sit. Default: from 0 on, padding left out. */
  span?: Span | undefined;
  /** What is to be noted down on the way. */
  inspect?: Inspection | undefined;
}

/** Reads whole texts, each token in the light of all others; what is made of that, a subclass says. */
export abstract class EncoderModel<Config = unknown> extends Module {
  readonly embedding: Embeddings;
  readonly positional: Positional | undefined;
  readonly encoder: Encoder;
  /** Longest sequence, in tokens; Infinity where neither the model nor its positions set one. */
  readonly maxLen: number;

  /** @param config Plain JSON from which the model can be made again. */
  constructor(
    { embedding, encoder, maxLen = Infinity }: EncoderModelParts,
    readonly config: Config,
  ) {
    super();
    this.embedding = embedding;
    this.positional = encoder.positional;
    this.encoder = encoder;
    this.maxLen = Math.min(maxLen, encoder.positional?.maxLen ?? Infinity);
  }

  /** Number of tokens there are. */
  get vocabSize(): number {
    return this.embedding.vocabSize;
  }

  /**
   * The tokens as the encoder understands them.
   *
   * @param ids int32 [batch, seq], each in [0, vocab).
   * @returns [batch, seq, dModel]
   * @throws RangeError if there are more tokens than maxLen, ids or segments are not int32, or
   *   segments are given where there are none; ShapeError if something does not fit.
   */
  encode(ids: Tensor2D, options: EncodeTokensOptions = {}): Tensor3D {
    const { visible, segments, inspect } = options;
    const { batch, seq } = checkShapes(["ids", ids, "batch seq"]);
    if (visible) checkShapes(["visible", visible, `${batch} ${seq}`]);
    if (seq! > this.maxLen) {
      throw new RangeError(`ids: expected at most ${this.maxLen} tokens, got ${seq}`);
    }
    const { positional } = this;
    return tidyInspected(inspect, () => {
      const span = options.span ?? spanOfTokens(seq!, undefined, visible);
      const x = this.embedding.forward(ids, { positional, span, segments });
      return this.encoder.forward(x, { span, visible, inspect });
    });
  }
}
