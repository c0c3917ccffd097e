import { same, type TensorLink, transposed } from "../checkpoint/tensor-link";
import type { ModelConfig } from "../model-from-config";
import type { HuggingFaceConfig, HuggingFaceJson } from "./hugging-face-config";

/** How tensors of a checkpoint belong to a model's variables. */
interface Links {
  readonly links: readonly TensorLink[];
  /** Which of the file's tensors are left out: buffers, copies of tied weights, heads without use. */
  ignore(name: string): boolean;
}

export interface ReadOptions {
  /** In the stead of what config.json says of dropout. */
  readonly dropout?: number | undefined;
}

/** An architecture in the layout that Hugging Face's Transformers publish it in. */
export interface Layout<Config extends ModelConfig = ModelConfig> {
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** Kinds of our configs. */
  readonly kinds: readonly Config["kind"][];
  /** Their names of the architectures that can be read. */
  readonly architectures: readonly string[];
  /**
   * Our config from theirs.
   *
   * @throws RangeError naming a field that asks for what our model cannot do.
   */
  read(config: HuggingFaceConfig, architecture: string, options: ReadOptions): Config;
  /**
   * Theirs from ours, without `model_type`.
   *
   * @throws RangeError naming a field that their layout cannot say.
   */
  write(config: Config): HuggingFaceJson;
  /**
   * @param has Whether the file has a tensor of that name; nothing when one is written.
   */
  links(config: Config, has: (name: string) => boolean): Links;
}

/** The first of some names that a file has; the last where it has none. */
export function nameIn(has: (name: string) => boolean, ...names: string[]): string {
  return names.find(has) ?? names.at(-1)!;
}

/** A Linear, which torch has the other way round. */
export function linear(own: string, file: string, bias = true): TensorLink[] {
  const kernel = transposed(`${own}.kernel`, `${file}.weight`);
  return bias ? [kernel, same(`${own}.bias`, `${file}.bias`)] : [kernel];
}

/** A norm with gain and bias, or with gain only. */
export function norm(own: string, file: string, bias = true): TensorLink[] {
  const gain = same(`${own}.gain`, `${file}.weight`);
  return bias ? [gain, same(`${own}.bias`, `${file}.bias`)] : [gain];
}

/** Of every block. */
export function eachBlock(layers: number, block: (n: number) => TensorLink[]): TensorLink[] {
  return Array.from({ length: layers }, (_, n) => block(n)).flat();
}

/** @throws RangeError unless the model's positions are of this kind. */
export function checkPositional(
  { positional }: { positional: { kind: string } },
  kind: string,
  modelType: string,
): void {
  if (positional.kind === kind) return;
  throw new RangeError(
    `config.positional.kind: expected "${kind}", which is all that ${modelType} has, got "${positional.kind}"`,
  );
}

/** @throws RangeError unless a field has the one value that their layout knows. */
export function checkSaid(field: string, got: unknown, expected: unknown, modelType: string): void {
  if (got === expected) return;
  throw new RangeError(
    `config.${field}: expected ${JSON.stringify(expected)}, which is all that ${modelType} has, got ${JSON.stringify(got)}`,
  );
}
