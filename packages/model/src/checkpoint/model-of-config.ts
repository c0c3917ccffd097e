import { parseStrictJson, type Rng, withoutValues } from "@tx/core";
import { modelFromConfig, type PresetModel } from "../model-from-config";
import { checkLayers } from "./check-layers";
import { type FileMigration, fileVersion, nameToday } from "./file-version";

/** A model that can be made again from its config: what checkpoints hold. */
export type ConfiguredModel = PresetModel;

/** The metadata of a checkpoint of a model. */
export function metadataOf({ config }: ConfiguredModel): Record<string, string> {
  return { format: "tx", version: fileVersion(), config: JSON.stringify(config) };
}

/**
 * The model that a checkpoint's config tells of, without values: none takes memory until its weights
 * are loaded, whatever sizes a config asks for.
 *
 * @param metadata Of the checkpoint.
 * @param options.name What errors call the checkpoint.
 * @param options.tensors How many it holds.
 * @returns Beside the model, the names of today for those of the checkpoint's tensors.
 * @throws Error `name: expected …, got …` if there is no config that makes a model.
 */
export function modelOfMetadata(
  { config: text, version }: Readonly<Record<string, string>>,
  { name, tensors, rng }: { name: string; tensors: number; rng: Rng },
): { model: ConfiguredModel; nameOf: FileMigration } {
  try {
    const nameOf = nameToday(version);
    const config = parsed(text);
    checkLayers(config, tensors);
    return { model: withoutValues(() => modelFromConfig(config, rng)), nameOf };
  } catch (cause) {
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** No strategy within strategies needs more. */
const MAX_LEVELS = 32;

function parsed(text: string | undefined): unknown {
  if (text === undefined) throw new Error("expected a config in the metadata, got none");
  return parseStrictJson(text, "a config in the metadata", MAX_LEVELS);
}
