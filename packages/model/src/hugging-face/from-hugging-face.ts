import { Rng, type TensorFile, withoutValues } from "@tx/core";
import { checkLayers } from "../checkpoint/check-layers";
import { type LoadTensorsOptions, loadTensors } from "../checkpoint/load-tensors";
import { modelFromConfig, type PresetModel } from "../model-from-config";
import type { ReadOptions } from "./layout";
import { recognise } from "./layouts";

export interface FromHuggingFaceOptions
  extends ReadOptions,
    Pick<LoadTensorsOptions, "onProgress"> {
  /** For dropout when the model is trained on. Default: seed 1. */
  readonly rng?: Rng | undefined;
}

/**
 * A model in eval mode from a checkpoint in the layout of Hugging Face's Transformers: GPT-2, BERT
 * (masked language model, bare, classifiers of texts and of tokens), Llama and T5. Read tensor after
 * tensor: beside the model no more is in memory than one of them.
 *
 * @param json The checkpoint's config.json, parsed.
 * @param file Its tensors, of `openCheckpoint`; stays open.
 * @returns The model of the preset: `gpt`, `bert` and its kin, `llama` or `t5`.
 * @throws RangeError (as a rejection) naming the model type, architecture or field that is not
 *   known; Error listing the tensors that are missing, unknown or mis-shaped. Nothing is left behind.
 */
export async function fromHuggingFace(
  json: unknown,
  file: TensorFile,
  { rng = new Rng(1), dropout, onProgress }: FromHuggingFaceOptions = {},
): Promise<PresetModel> {
  const { layout, architecture, config: theirs } = recognise(json, "config.json");
  const config = layout.read(theirs, architecture, { dropout });
  checkLayers(config, file.tensors.size);
  const { links, ignore } = layout.links(config, (name) => file.tensors.has(name));
  const model = withoutValues(() => modelFromConfig(config, rng));
  try {
    await loadTensors(model, file, { links, ignore, ...(onProgress && { onProgress }) });
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
