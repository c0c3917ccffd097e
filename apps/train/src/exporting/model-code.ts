import type { Positional } from "@tx/core";
import { needsFinalNorm, type ResidualPolicy } from "@tx/model";
import { type Config, modelName } from "../config/config";
import { residuals } from "../parts/blocks";
import {
  decoderModel,
  encoderDecoderModel,
  type Model,
  maskedModel,
  type Side,
} from "../parts/build-model";
import { partNamed } from "../parts/part";
import { blockCode } from "./block-code";
import { Imports } from "./imports";
import { fieldsOf, literal } from "./literal";

/**
 * A JavaScript module whose `loadModel()` makes a run's model of the parts of the packages and gives
 * it the weights that lie beside it. First values are left to the packages, since the weights take
 * their place.
 *
 * @param maxLen Longest sequence that a decoder alone is to take, in tokens.
 */
export function modelCode(model: Model, config: Config, maxLen: number): string {
  const imports = new Imports();
  const made = statements(model, config, maxLen, imports);
  const open = imports.take("@tx/model/node", "openCheckpoint");
  const load = imports.take("@tx/model", "loadTensors");
  return `${[
    `// The ${modelName(config)} of this folder, of the parts of the packages; written by tx-train export.`,
    'import { readFile } from "node:fs/promises";',
    'import { fileURLToPath } from "node:url";',
    ...imports.lines,
    "",
    "/** The model with its weights, in eval mode; whoever asks disposes it. */",
    "export async function loadModel() {",
    '  const config = JSON.parse(await readFile(new URL("config.json", import.meta.url), "utf8"));',
    ...made.map((line) => `  ${line}`),
    `  const file = await ${open}(fileURLToPath(new URL("model.safetensors", import.meta.url)));`,
    "  try {",
    `    await ${load}(model, file);`,
    "  } finally {",
    "    await file.close();",
    "  }",
    "  return model;",
    "}",
  ].join("\n")}\n`;
}

/** Lines that make `model`, where there is a `config`. */
function statements(model: Model, config: Config, maxLen: number, imports: Imports): string[] {
  const take = (name: string) => imports.take("@tx/model", name);
  const { dModel, dropout, bias, tied } = config;
  const { vocabSize } = model.embedding;
  const scaled = config.embedding === "unit" || undefined;
  const norm = () => `${take("normMaker")}(${literal(config.norm)}, ${literal({ dModel, bias })})`;
  const first = [
    `const rng = new ${imports.take("@tx/core", "Rng")}(1);`,
    `const embedding = new ${take("Embeddings")}({ ${fieldsOf({ vocabSize, dModel, scaled, dropout })}, rng });`,
  ];
  const stack = (kind: "encoder" | "decoder", side: Side, positional: Positional | undefined) => [
    `const ${kind} = new ${take(kind === "encoder" ? "Encoder" : "Decoder")}({`,
    `  blocks: Array.from({ length: ${config.layers} }, () =>`,
    `    ${blockCode(config, side, imports)},`,
    "  ),",
    ...(positional ? [`  positional: ${positionalCode(positional, imports)},`] : []),
    ...(hasNorm(config) ? [`  norm: ${norm()}(),`] : []),
    "});",
  ];
  const untied = () => {
    const [linear, zeros] = ["Linear", "zeros"].map((name) => imports.take("@tx/core", name));
    return `new ${linear}(${dModel}, ${vocabSize}, { bias: false, init: ${zeros} })`;
  };
  const last = (kind: string, parts: readonly string[], usual?: () => string) => {
    const own = tied ? usual : untied;
    const all = [...parts, ...(own ? [`head: ${own()}`] : [])].join(", ");
    return `const model = new ${take(kind)}({ ${all} }, config);`;
  };
  const shape = modelName(config);
  if (shape === "encoder-decoder") {
    const { encoder, decoder } = encoderDecoderModel(model);
    return [
      ...first,
      ...stack("encoder", "encoder", encoder.positional),
      ...stack("decoder", "reading decoder", decoder.positional),
      last("EncoderDecoderModel", ["embedding", "encoder", "decoder"]),
    ];
  }
  if (shape === "encoder") {
    const { positional } = maskedModel(model);
    const table = () =>
      `new ${take("MaskedHead")}({ table: embedding.table, norm: ${norm()}, rng })`;
    return [
      ...first,
      ...stack("encoder", "encoder", positional),
      last("MaskedLanguageModel", ["embedding", "encoder"], table),
    ];
  }
  const { positional } = decoderModel(model);
  const most = `maxLen: ${Math.min(model.maxLen, maxLen)}`;
  return [
    ...first,
    ...stack("decoder", "decoder", positional),
    last("CausalLanguageModel", ["embedding", "decoder", most]),
  ];
}

const positionalCode = (positional: Positional, imports: Imports) =>
  `${imports.take("@tx/positional", "positionalFromJSON")}(${literal(positional.toJSON())}, rng)`;

const hasNorm = ({ residual }: Config) =>
  needsFinalNorm(partNamed(residuals, residual).policy as ResidualPolicy);
