import type { Scalar, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Inspection } from "@tx/model";
import type { IntRows } from "@tx/training";
import type { Model } from "../parts/build-model";
import type { Pair, PairSource } from "./pairs";
import type { Example } from "./task";

/** The two tokens beside the symbols. */
export interface Marks {
  /** Where the answer begins. */
  readonly start: number;
  readonly end: number;
}

/** Runs a pass, which notes down what it is told to. */
export type Logits = (pass: (inspect: Inspection | undefined) => Tensor3D) => Tensor3D;

/** How a model of one shape reads pairs and answers. */
export interface PairLayout {
  /** Longest sequence while training, in tokens. */
  maxLen(longest: PairSource["longest"]): number;
  /** What {@link PairLayout.loss} takes. */
  rowsOf(pairs: readonly Pair[]): IntRows[];
  /** Mean loss of a batch in nats a token; what is noted down of the pass is the caller's. */
  loss(logits: Logits, model: Model, ...batch: Tensor2D[]): Scalar;
  /** The likeliest answers without the end; null once it was stopped. */
  answers(
    model: Model,
    sources: readonly Int32Array[],
    options: { readonly maxNewTokens: number; readonly stopped: () => boolean },
  ): Promise<number[][] | null>;
  /** @param label How a token is shown. */
  example(pair: Pair, tokens: number, label: (id: number) => string): Example;
}
