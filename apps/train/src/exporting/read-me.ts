import { some } from "../terminal/format";
import type { ExportedTokenizer } from "./exported-tokenizer";

/** How the files of a folder are laid out. */
export const exportFormats = ["hugging-face", "tx", "weights"] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** What there is to say of an exported model. */
export interface Exported {
  readonly format: ExportFormat;
  /** Name of the folder. */
  readonly name: string;
  readonly steps: number;
  /** The preset's name; null for the weights alone. */
  readonly preset: string | null;
  readonly vocabSize: number;
  readonly unit: string;
  readonly tokenizer: ExportedTokenizer | null;
  /** A text to go on from; null for a model that answers after a separator. */
  readonly prompt: string | null;
}

/** The three lines that load a folder, relative to where they run or absolute. */
export function loadingLines(format: ExportFormat, folder: string): string[] {
  if (format === "weights") return [];
  const load = format === "tx" ? "loadModel" : "loadHuggingFace";
  return [
    'import "@tensorflow/tfjs-backend-cpu"; // or another backend',
    `import { ${load} } from "@tx/model/node";`,
    `const model = await ${load}(${JSON.stringify(folder)});`,
  ];
}

/** The page that lies in the folder, in Markdown. */
export function readMe(exported: Exported): string {
  const { format, name, steps, preset, vocabSize, unit } = exported;
  const says = preset === null ? "weights of a model" : `a model of the preset \`${preset}\``;
  const lines = loadingLines(format, `./${name}`);
  const loading =
    lines.length === 0
      ? [
          "No preset of `@tx/model` has these parts. `config.json` says which they are, and",
          "`loadTensors` of `@tx/model` puts the weights into a model that is made of them.",
        ]
      : ["In the folder above this one:", "", ...block(lines)];
  return `${[
    `# ${name}`,
    "",
    `The ${says} after ${some(steps, "training step")}, with ${some(vocabSize, "token")} (${unit}s), written by`,
    "`tx-train export`.",
    "",
    ...table(exported),
    "",
    "## Load",
    "",
    ...loading,
    ...(lines.length === 0 ? [] : using(exported)),
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
    ...(format === "weights" ? [["config.json", "the settings of the run"]] : []),
    ...(tokenizer === null ? [] : [[tokenizer.file, "the tokenizer"]]),
  ];
  const body = rows.map(([file, says]) => `| \`${file}\` | ${says} |`);
  return ["| file | |", "| --- | --- |", ...body];
}

function using({ name, tokenizer, prompt, vocabSize }: Exported): string[] {
  if (prompt === null) {
    return [
      "",
      "## Use",
      "",
      `It reads a source and a separator, token ${vocabSize - 2}, and goes on with the answer up to an end,`,
      `token ${vocabSize - 1}.`,
    ];
  }
  if (tokenizer === null) return [];
  return [
    "",
    "## Use",
    "",
    ...block([
      'import { readFile } from "node:fs/promises";',
      'import { Rng } from "@tx/core";',
      'import { generate } from "@tx/model";',
      ...tokenizer.imports,
      `const folder = ${JSON.stringify(`./${name}`)};`,
      ...tokenizer.code,
      `const prompt = [...tokenizer.encode(${JSON.stringify(prompt)})];`,
      "const options = { maxNewTokens: 40, temperature: 0, rng: new Rng(1) };",
      "console.log(tokenizer.decode([...prompt, ...(await generate(model, prompt, options))]));",
    ]),
  ];
}

const block = (lines: readonly string[]) => ["```js", ...lines, "```"];
