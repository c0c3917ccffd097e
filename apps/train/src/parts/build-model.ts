import { Module, type Rng } from "@tx/core";
import { type CausalLanguageModel, type GptConfig, gpt } from "@tx/model";
import { type Config, feedForwardWidth } from "../config/config";
import { messageOf, UserError } from "../user-error";
import { makePositional } from "./make-positional";

/** Every model that tasks train. */
export type Model = CausalLanguageModel<GptConfig>;

/** What the data say of the model. */
export interface ModelSizes {
  readonly vocabSize: number;
  /** Longest sequence while training, in tokens: tables of positions are as long. */
  readonly maxLen: number;
}

/** Longest sequence of a model whose positions allow any. */
const ANY_LENGTH = 2 ** 20;

/**
 * The one place where settings become a model.
 *
 * @throws UserError if a part refuses its options; nothing is left behind.
 */
export function buildModel(config: Config, { vocabSize, maxLen }: ModelSizes, rng: Rng): Model {
  const { layers, heads, dModel, dropout, positional: name, positionalOptions } = config;
  const sizes = { dModel, heads, layers, maxLen, bidirectional: false };
  const positional = refusing("--positional-options", () =>
    makePositional(name, sizes, positionalOptions, rng),
  );
  try {
    return gpt({
      ...{ vocabSize, layers, heads, dModel, dropout, positional, rng },
      maxLen: positional.maxLen ?? ANY_LENGTH,
      dFF: feedForwardWidth(config),
    });
  } catch (error) {
    if (positional instanceof Module) positional.dispose();
    throw new UserError(`model: ${messageOf(error)}`);
  }
}

/** What a part refuses, in the name of a setting. */
export function refusing<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UserError(`${name}: ${messageOf(error)}`);
  }
}
