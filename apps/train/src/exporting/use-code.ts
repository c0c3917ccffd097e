import type { ExportedTokenizer } from "./exported-tokenizer";

/** What there is to know to use an exported model. */
export interface Use {
  /** Shape of the model. */
  readonly shape: string;
  /** Name of the folder. */
  readonly name: string;
  readonly tokenizer: ExportedTokenizer | null;
  /** A text that the tokenizer knows; null for a model that answers to a source. */
  readonly prompt: string | null;
  readonly vocabSize: number;
}

/** How an exported model is used, in lines of Markdown; nothing where there is nothing to read with. */
export function usage(use: Use): string[] {
  if (use.shape === "encoder-decoder") return translating(use);
  if (use.prompt === null) return answering(use);
  if (use.tokenizer === null) return [];
  return use.shape === "encoder" ? filling(use) : writing(use);
}

const heading = ["", "## Use", ""];

function translating({ vocabSize, tokenizer }: Use): string[] {
  const [start, end] = [vocabSize - 2, vocabSize - 1];
  const source = tokenizer === null ? "" : " // Or tokenizer.encode(…), with a space in front.";
  return [
    ...heading,
    `The encoder reads a source; the decoder begins with token ${start} and goes on with the answer up to an`,
    `end, token ${end}.`,
    "",
    ...block([
      'import { Rng } from "@tx/core";',
      'import { generate } from "@tx/model";',
      `const source = [0, 1];${source}`,
      "const reader = model.conditionedOn([source]);",
      `const options = { maxNewTokens: 40, endToken: ${end}, temperature: 0, rng: new Rng(1) };`,
      "const contextLength = Math.min(model.maxLen, 41);",
      `console.log(await generate(reader, [${start}], { ...options, contextLength }));`,
      "reader.dispose();",
    ]),
  ];
}

function answering({ vocabSize }: Use): string[] {
  return [
    ...heading,
    `It reads a source and a separator, token ${vocabSize - 2}, and goes on with the answer up to an end,`,
    `token ${vocabSize - 1}.`,
  ];
}

function filling({ name, tokenizer, prompt, vocabSize }: Use): string[] {
  return [
    ...heading,
    `It tells the token at each place; token ${vocabSize - 1} stands for one that is hidden.`,
    "",
    ...block([
      'import { readFile } from "node:fs/promises";',
      'import { tensor2d } from "@tensorflow/tfjs-core";',
      ...reading(name, tokenizer!),
      `const ids = [...tokenizer.encode(${JSON.stringify(prompt)})];`,
      "const place = ids.length - 1;",
      `ids[place] = ${vocabSize - 1};`,
      'const logits = await model.forward(tensor2d([ids], undefined, "int32")).array();',
      `const scores = logits[0][place].slice(0, ${vocabSize - 1});`,
      "ids[place] = scores.indexOf(Math.max(...scores));",
      "console.log(tokenizer.decode(ids));",
    ]),
  ];
}

function writing({ name, tokenizer, prompt }: Use): string[] {
  return [
    ...heading,
    ...block([
      'import { readFile } from "node:fs/promises";',
      'import { Rng } from "@tx/core";',
      'import { generate } from "@tx/model";',
      ...reading(name, tokenizer!),
      `const prompt = [...tokenizer.encode(${JSON.stringify(prompt)})];`,
      "const options = { maxNewTokens: 40, temperature: 0, rng: new Rng(1) };",
      "console.log(tokenizer.decode([...prompt, ...(await generate(model, prompt, options))]));",
    ]),
  ];
}

const reading = (name: string, { imports, code }: ExportedTokenizer) => [
  ...imports,
  `const folder = ${JSON.stringify(`./${name}`)};`,
  ...code,
];

export const block = (lines: readonly string[]) => ["```js", ...lines, "```"];
