import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { Rng } from "@tx/core";
import type { IntRows, Json } from "@tx/training";
import type { Model } from "../parts/build-model";

/** What a model does on data that it never trains on. */
export interface Evaluation {
  /** Mean over tokens, in nats. */
  readonly loss: number;
  /** How many tokens were asked for. */
  readonly tokens: number;
  /** Share of tokens that the likeliest guess gets right, where a task asks for single ones. */
  readonly accuracy?: number;
  /** Share of whole answers that are right, where the task has answers. */
  readonly exactMatch?: number;
  /** How many answers were asked for. */
  readonly answers?: number;
}

interface EvaluationOptions {
  /** Most tokens to ask for. */
  readonly tokens: number;
  /** Length of the sequences, as `length` of the config. Default: that of the config. */
  readonly length?: number;
  /** Asked between batches; once it says true, the answer is null. */
  readonly stopped?: () => boolean;
}

/** How text is written. */
export interface WritingOptions {
  readonly tokens: number;
  readonly temperature: number;
  readonly topK: number | null;
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/** What a model is trained for: its data, its loss and how it is measured. */
export interface Task {
  /** What one token is called: "character". */
  readonly unit: string;
  readonly vocabSize: number;
  /** Longest sequence that the model reads while it trains, in tokens. */
  readonly maxLen: number;
  /** Tokens that one step reads, about. */
  readonly tokensPerStep: number;
  /** What there is to say of the data, by label. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** Tells one set of data from another. */
  readonly fingerprint: string;
  /** What it is made again from, besides the config. */
  readonly saved: Json;
  /** A batch, on the host: what {@link Task.loss} takes, in its order. */
  draw(rng: Rng): IntRows[];
  /** Mean loss of a batch in nats a token. */
  loss(model: Model, ...batch: Tensor2D[]): Scalar;
  evaluate(model: Model, options: EvaluationOptions): Promise<Evaluation | null>;
  /** What the loss is to be compared with. */
  yardstick?(tokens: number): {
    readonly name: string;
    readonly loss: number;
    readonly note: string;
  };
  /** Pieces of a text that shows what the model can do, as they come. */
  sample(model: Model, prompt: string, options: WritingOptions): AsyncGenerator<string>;
  /** @throws UserError if a prompt has what the task has no token for. */
  checkPrompt(prompt: string): void;
  /** A sequence to look at the model's attention with, at most so many tokens. */
  example(tokens: number): Example;
}

/** Tokens, and how each is shown. */
export interface LabelledTokens {
  readonly ids: Int32Array;
  readonly labels: readonly string[];
}

/** What a model reads; an encoder-decoder has a source, too. */
export interface Example extends LabelledTokens {
  readonly source?: LabelledTokens;
  /** With a source: what is to be written at each place, one on from what is read there. */
  readonly written?: readonly string[];
}
