import { Module, type Positional, parseStrictJson, type Rng, type TensorInfo } from "@tx/core";
import { positionalFromJSON } from "@tx/positional";
import type { CausalLanguageModel } from "../causal-language-model";
import { type GptConfig, gpt } from "../gpt";

/** A model that can be made again from its config: what checkpoints hold. */
export type ConfiguredModel = CausalLanguageModel<GptConfig>;

/** The metadata of a checkpoint of a model. */
export function metadataOf({ config }: ConfiguredModel): Record<string, string> {
  return { format: "tx", config: JSON.stringify(config) };
}

/**
 * The model that a checkpoint's config tells of, its weights not loaded yet.
 *
 * @param tensors What the checkpoint holds. A model that is far larger is not made at all.
 * @param name What errors call the checkpoint.
 * @throws Error `name: expected …, got …` if there is no config that makes a model.
 */
export function modelOfMetadata(
  { config: text }: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Pick<TensorInfo, "shape">>,
  name: string,
  rng: Rng,
): ConfiguredModel {
  let strategy: Positional | undefined;
  try {
    const { kind: _, version: __, positional, ...options } = configOf(text);
    checkSize({ ...options, positional }, tensors);
    strategy = positionalFromJSON(positional, rng);
    return gpt({ ...options, positional: strategy, rng });
  } catch (cause) {
    if (strategy instanceof Module) strategy.dispose();
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** No strategy within strategies needs more. */
const MAX_LEVELS = 32;

function configOf(text: string | undefined): GptConfig {
  if (text === undefined) throw new Error("expected a config in the metadata, got none");
  const config = parseStrictJson(text, "a config in the metadata", MAX_LEVELS);
  const { kind, version, positional } = (config ?? {}) as Partial<GptConfig>;
  if (kind !== "gpt" || version !== 1) {
    throw new Error(`expected a config of kind "gpt", version 1, got "${kind}", ${version}`);
  }
  if (typeof positional !== "object" || positional === null) {
    throw new Error(`expected a positional strategy in the config, got ${positional}`);
  }
  return config as GptConfig;
}

/** So small a model is made whatever the file holds, to say then what does not fit. */
const ALWAYS = 2 ** 20;

/** A few bytes of config must not make memory run out: the weights are there, or are not asked for. */
function checkSize(
  config: Omit<GptConfig, "kind" | "version">,
  tensors: ReadonlyMap<string, Pick<TensorInfo, "shape">>,
): void {
  const { vocabSize, layers, dModel, dFF, positional } = config;
  const { maxLen = 0, dModel: width = 0 } = positional as { maxLen?: number; dModel?: number };
  const wanted = vocabSize * dModel + layers * dModel * (4 * dModel + 2 * dFF) + maxLen * width;
  const held = [...tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (wanted > 2 * held + ALWAYS) {
    throw new Error(`expected a config for the ${held} numbers of the file, got one for ${wanted}`);
  }
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1);
