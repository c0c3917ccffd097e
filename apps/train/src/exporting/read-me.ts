import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { some } from "../terminal/format";
import { block, type Use, usage } from "./use-code";

/** How the files of a folder are laid out. */
export const exportFormats = ["hugging-face", "tx", "weights"] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** What there is to say of an exported model. */
export interface Exported extends Use {
  readonly format: ExportFormat;
  readonly steps: number;
  /** The preset's name; null for the weights alone. */
  readonly preset: string | null;
  readonly unit: string;
}

/** The module that makes the model of weights alone. */
export const MODULE = "model.mjs";

/** The three lines that load a folder, relative to where they run or absolute. */
export function loadingLines(format: ExportFormat, folder: string): string[] {
  const backend = 'import "@tensorflow/tfjs-backend-cpu"; // or another backend';
  if (format === "weights") {
    const from = JSON.stringify(moduleIn(folder));
    return [backend, `import { loadModel } from ${from};`, "const model = await loadModel();"];
  }
  const load = format === "tx" ? "loadModel" : "loadHuggingFace";
  return [
    backend,
    `import { ${load} } from "@tx/model/node";`,
    `const model = await ${load}(${JSON.stringify(folder)});`,
  ];
}

/** What an import calls the module of a folder. */
function moduleIn(folder: string): string {
  if (isAbsolute(folder)) return pathToFileURL(`${folder}/${MODULE}`).href;
  const path = `${folder.replaceAll("\\", "/").replace(/\/$/, "")}/${MODULE}`;
  return path.startsWith(".") ? path : `./${path}`;
}

/** The page that lies in the folder, in Markdown. */
export function readMe(exported: Exported): string {
  const { format, name, steps, preset, shape, vocabSize, unit } = exported;
  const says =
    preset === null
      ? `${/^[aeiou]/.test(shape) ? "An" : "A"} ${shape}`
      : `A model of the preset \`${preset}\``;
  return `${[
    `# ${name}`,
    "",
    `${says} after ${some(steps, "training step")}, with ${some(vocabSize, "token")} (${unit}s), written by`,
    "`tx-train export`.",
    "",
    ...table(exported),
    "",
    "## Load",
    "",
    "In the folder above this one:",
    "",
    ...block(loadingLines(format, `./${name}`)),
    ...usage(exported),
  ].join("\n")}\n`;
}

function table({ format, tokenizer }: Exported): string[] {
  const weights = {
    "hugging-face": "weights, in the layout of Hugging Face's Transformers",
    tx: "weights, and the config of the model in the metadata",
    weights: "weights by their paths in the model",
  };
  const rows = [
    ["model.safetensors", weights[format]],
    ...(format === "hugging-face" ? [["config.json", "of Hugging Face's Transformers"]] : []),
    ...(format === "weights"
      ? [
          ["config.json", "the settings of the run"],
          [MODULE, "makes the model of the parts of the packages, and loads the weights"],
        ]
      : []),
    ...(tokenizer === null ? [] : [[tokenizer.file, "the tokenizer"]]),
  ];
  const body = rows.map(([file, says]) => `| \`${file}\` | ${says} |`);
  return ["| file | |", "| --- | --- |", ...body];
}
