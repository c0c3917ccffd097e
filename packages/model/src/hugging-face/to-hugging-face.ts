import { type SaveTensorsOptions, saveTensors } from "../checkpoint/save-tensors";
import type { PresetModel } from "../model-from-config";
import type { HuggingFaceJson } from "./hugging-face-config";
import { layoutOf } from "./layouts";

/**
 * The config.json of a model in the layout of Hugging Face's Transformers. Dropout is written where
 * their layout has a field for it.
 *
 * @param model Of one of the presets that they have.
 * @param options How the weights are stored.
 * @param options.dtype Of the weights beside it.
 * @throws RangeError naming the field of the config that their layout cannot say.
 */
export function huggingFaceConfig(
  model: PresetModel,
  options: Pick<SaveTensorsOptions, "dtype"> = {},
): HuggingFaceJson {
  const { config } = model;
  const { dtype = "F32" } = options;
  const layout = layoutOf(config);
  const torchTypes = { F32: "float32", F16: "float16", BF16: "bfloat16" };
  const said = { model_type: layout.modelType, torch_dtype: torchTypes[dtype] };
  return { ...said, ...layout.write(config) };
}

/**
 * Writes a model's weights in the layout of Hugging Face's Transformers, tensor after tensor, as
 * `saveTensors` does: what goes into model.safetensors beside {@link huggingFaceConfig}.
 *
 * @param write Takes the file's bytes piece by piece.
 * @throws As huggingFaceConfig, before anything is written.
 */
export async function toHuggingFace<T>(
  model: PresetModel,
  write: Parameters<typeof saveTensors<T>>[1],
  { dtype }: Pick<SaveTensorsOptions, "dtype"> = {},
): Promise<T> {
  const layout = layoutOf(model.config);
  layout.write(model.config);
  const { links } = layout.links(model.config, () => false);
  const metadata = { format: "pt" };
  return await saveTensors(model, write, { links, metadata, ...(dtype && { dtype }) });
}
