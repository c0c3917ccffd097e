import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "./user-error";

const count = z.int().min(1);

/** The work of one training step: a GPT without biases and a batch of random tokens. */
const configSchema = z
  .strictObject({
    layers: count,
    heads: count,
    dModel: count,
    /** Tokens in a row that the model reads. */
    length: count,
    batch: count,
    vocabSize: count,
  })
  .refine(({ dModel, heads }) => dModel % heads === 0, {
    path: ["dModel"],
    error: "expected a multiple of heads",
  });

export type BenchConfig = z.infer<typeof configSchema>;

export const configs = {
  small: { layers: 4, heads: 4, dModel: 128, length: 64, batch: 12, vocabSize: 65 },
  wide: { layers: 6, heads: 6, dModel: 384, length: 256, batch: 8, vocabSize: 65 },
  gpu: { layers: 6, heads: 6, dModel: 384, length: 256, batch: 64, vocabSize: 65 },
  // GPT-2 small, but for the vocabulary: the blocks are to be measured, and not the logits.
  gpt2: { layers: 12, heads: 12, dModel: 768, length: 1024, batch: 8, vocabSize: 65 },
} satisfies Record<string, BenchConfig>;

/**
 * A config by name, or from a JSON file.
 *
 * @throws UserError if there is neither, or the file's numbers make no sense.
 */
export function configOf(nameOrFile: string): BenchConfig {
  if (Object.hasOwn(configs, nameOrFile)) return configs[nameOrFile as keyof typeof configs];
  const parsed = configSchema.safeParse(readJson(nameOrFile));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(`--config ${nameOrFile}: ${issue?.path.join(".")}: ${issue?.message}`);
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    const names = Object.keys(configs).join(", ");
    throw new UserError(`--config: expected ${names} or a JSON file, got ${file}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`--config: expected JSON in ${file}, got other text`);
  }
}
