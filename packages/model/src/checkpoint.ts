import { dispose, type Tensor, tensor } from "@tensorflow/tfjs-core";
import {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  loadState,
  Module,
  type Positional,
  Rng,
  stateOf,
} from "@tx/core";
import { positionalFromJSON } from "@tx/positional";
import type { CausalLanguageModel } from "./causal-language-model";
import { type GptConfig, gpt } from "./gpt";

/**
 * A model as one safetensors file: weights by path, the config in the metadata.
 *
 * @returns The file's bytes.
 */
export async function encodeModel(model: CausalLanguageModel<GptConfig>): Promise<Uint8Array> {
  const tensors = new Map<string, HostTensor>();
  for (const [path, variable] of stateOf(model)) {
    const data = Float32Array.from(await variable.data());
    tensors.set(path, { dtype: "F32", shape: variable.shape, data });
  }
  return encodeSafetensors(tensors, { format: "tx", config: JSON.stringify(model.config) });
}

/**
 * The model that {@link encodeModel} wrote, in eval mode.
 *
 * @param name What errors call the file.
 * @param rng For dropout when the model is trained on. Default: seed 1.
 * @throws Error `name: expected …, got …` if the file is corrupt, of another kind or version, or
 *   its weights are not those of its config.
 */
export function decodeModel(
  bytes: Uint8Array,
  name = "model",
  rng = new Rng(1),
): CausalLanguageModel<GptConfig> {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const config = configOf(metadata.config, name);
  const model = modelOf(config, name, rng);
  const loaded = new Map<string, Tensor>();
  try {
    for (const [path, { dtype, data, shape }] of tensors) {
      if (dtype !== "F32") throw new Error(`${path}: expected F32, got ${dtype}`);
      loaded.set(path, tensor(data, [...shape]));
    }
    loadState(model, loaded);
  } catch (cause) {
    model.dispose();
    throw new Error(`${name}: ${messageOf(cause)}`, { cause });
  } finally {
    dispose([...loaded.values()]);
  }
  return model;
}

function configOf(text: string | undefined, name: string): GptConfig {
  let config: unknown;
  try {
    config = JSON.parse(text ?? "");
  } catch (cause) {
    throw new Error(`${name}: expected a config in the metadata, got none that reads as JSON`, {
      cause,
    });
  }
  const { kind, version, positional } = (config ?? {}) as Partial<GptConfig>;
  if (kind !== "gpt" || version !== 1) {
    throw new Error(
      `${name}: expected a config of kind "gpt", version 1, got "${kind}", ${version}`,
    );
  }
  if (typeof positional !== "object" || positional === null) {
    throw new Error(`${name}: expected a positional strategy in the config, got ${positional}`);
  }
  return config as GptConfig;
}

function modelOf(config: GptConfig, name: string, rng: Rng): CausalLanguageModel<GptConfig> {
  const { kind: _, version: __, positional, ...options } = config;
  let strategy: Positional | undefined;
  try {
    strategy = positionalFromJSON(positional, rng);
    return gpt({ ...options, positional: strategy, rng });
  } catch (cause) {
    if (strategy instanceof Module) strategy.dispose();
    throw new Error(`${name}: ${messageOf(cause)}`, { cause });
  }
}

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));
