import type { ModelConfig } from "../model-from-config";
import { bertLayout } from "./bert";
import { gpt2Layout } from "./gpt2";
import { HuggingFaceConfig, type HuggingFaceJson } from "./hugging-face-config";
import type { Layout } from "./layout";
import { llamaLayout } from "./llama";
import { t5Layout } from "./t5";

const layouts = [gpt2Layout, bertLayout, llamaLayout, t5Layout] as unknown as readonly Layout[];

/** A checkpoint's config, read: how, and as which of their architectures. */
export interface Recognised {
  readonly layout: Layout;
  readonly architecture: string;
  readonly config: HuggingFaceConfig;
}

/**
 * @param name What errors call the config.
 * @throws RangeError if it is no object, or of a model type or architecture that we cannot read: by its
 *   name.
 */
export function recognise(json: unknown, name: string): Recognised {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new RangeError(`${name}: expected an object, got ${JSON.stringify(json)}`);
  }
  const config = new HuggingFaceConfig(json as HuggingFaceJson, name);
  const { model_type: modelType, architectures } = config.json;
  const layout = layouts.find((candidate) => candidate.modelType === modelType);
  if (!layout) {
    const known = layouts.map((candidate) => candidate.modelType).join(", ");
    throw new RangeError(
      `${name}: model_type: expected one of ${known}, got ${JSON.stringify(modelType)}`,
    );
  }
  const architecture = Array.isArray(architectures) ? architectures[0] : layout.architectures[0];
  if (!layout.architectures.includes(architecture)) {
    throw new RangeError(
      `${name}: architectures: expected one of ${layout.architectures.join(", ")}, got ${JSON.stringify(architecture)}`,
    );
  }
  return { layout, architecture, config };
}

/** @throws RangeError if no layout of theirs holds such a model. */
export function layoutOf({ kind }: ModelConfig): Layout {
  const layout = layouts.find(({ kinds }) => kinds.includes(kind));
  if (layout) return layout;
  const known = layouts.flatMap(({ kinds }) => kinds).join(", ");
  throw new RangeError(`config.kind: expected one of ${known}, got "${kind}"`);
}
