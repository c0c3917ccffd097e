import { tensor2d } from "@tensorflow/tfjs-core";
import type { Rng } from "@tx/core";
import { type MaskedTokens, type MaskTokensOptions, maskTokens } from "@tx/training";
import { type Model, maskedModel } from "../parts/build-model";
import type { Vocabulary } from "../tokens/vocabulary";
import { UserError } from "../user-error";
import { IGNORED } from "./ignored";

/** What stands for a hidden token in a prompt and in a sample. */
const mark = /_|\[MASK\]/;

type Shares = Pick<MaskTokensOptions, "maskShare" | "randomShare">;

/** Hides tokens behind an id of its own, one more than the vocabulary has. */
export class Blanks {
  readonly maskId: number;

  constructor(private readonly vocabulary: Vocabulary) {
    this.maskId = vocabulary.vocabSize;
  }

  /** Number of ids, the mask's included. */
  get vocabSize(): number {
    return this.maskId + 1;
  }

  /**
   * Hides 15 % of the tokens as BERT does, at least one.
   *
   * @see Devlin et al. 2019, BERT, §3.1 (task 1)
   */
  hide(ids: Int32Array, rng: Rng, shares: Shares = {}): MaskedTokens {
    const { maskId, vocabSize } = this;
    const masked = maskTokens(ids, { vocabSize, maskId, rng, ignoreIndex: IGNORED, ...shares });
    if (masked.labels.some((label) => label !== IGNORED)) return masked;
    const middle = Math.floor(ids.length / 2);
    masked.inputs[middle] = maskId;
    masked.labels[middle] = ids[middle]!;
    return masked;
  }

  /**
   * The ids of a prompt with marks to fill in.
   *
   * @throws UserError if it has no mark, is too long, or has what the vocabulary has no token for.
   */
  read(prompt: string, longest: number): Int32Array {
    const pieces = prompt.split(mark);
    if (pieces.length < 2) {
      throw new UserError(`prompt: expected some _ to fill in, got ${JSON.stringify(prompt)}`);
    }
    const words = this.vocabulary.kind !== "character";
    const ids = pieces.flatMap((piece, n) => {
      const last = n === pieces.length - 1;
      // The space before a word belongs to the word.
      const text = words && !last ? piece.replace(/ $/, "") : piece;
      return [...this.vocabulary.encode(text, "prompt"), ...(last ? [] : [this.maskId])];
    });
    if (ids.length > longest) {
      throw new UserError(
        `prompt: expected at most length = ${longest} ${this.vocabulary.unit}s, got ${ids.length}`,
      );
    }
    return Int32Array.from(ids);
  }

  /** The likeliest tokens in place of the hidden ones. */
  async fill(model: Model, ids: Int32Array): Promise<Int32Array> {
    const input = tensor2d(ids, [1, ids.length], "int32");
    const logits = maskedModel(model).forward(input);
    try {
      const scores = await logits.data<"float32">();
      const { maskId, vocabSize } = this;
      return ids.map((id, n) =>
        id === maskId ? likeliest(scores.subarray(n * vocabSize, n * vocabSize + maskId)) : id,
      );
    } finally {
      input.dispose();
      logits.dispose();
    }
  }

  /** A text in one line, with a mark for each hidden token. */
  write(ids: Int32Array, original = ids): string {
    const labels = Array.from(ids, (id, n) => this.label(id, original[n]!));
    const whole = ids.includes(this.maskId) ? labels.join("") : this.vocabulary.decode(ids);
    return whole.replaceAll("\n", " ");
  }

  /** How a token is shown; a hidden one keeps the space of the word that it hides. */
  label(id: number, original = id): string {
    if (id !== this.maskId) return this.vocabulary.decode([id]);
    const hides = original === this.maskId ? "" : this.vocabulary.decode([original]);
    return hides.length > 1 && hides.startsWith(" ") ? " _" : "_";
  }
}

const likeliest = (scores: Float32Array) =>
  scores.reduce((best, score, id) => (score > scores[best]! ? id : best), 0);
