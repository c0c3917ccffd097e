import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CharTokenizer } from "@tx/training";
import { z } from "zod";
import { type Config, resolveConfig } from "./config";
import { metricsFile } from "./metrics";
import { finishSave, saveFiles } from "./save-files";
import { messageOf, systemReason, UserError } from "./user-error";

const names = {
  config: "config.json",
  vocabulary: "vocabulary.json",
  state: "state.json",
  model: "model.safetensors",
  optimizer: "optimizer.safetensors",
} as const;

const fingerprint = z.strictObject({ bytes: z.int().min(0), sha256: z.string() });

const stateSchema = z.strictObject({
  version: z.literal(1),
  /** Training steps that are done. */
  step: z.int().min(0),
  /** The step of the newest evaluation, 0 before the first. */
  evaluatedStep: z.int().min(0),
  /** Longest sequence that the model takes; null is any. */
  maxLen: z.int().min(1).nullable(),
  /** Places of the streams that the batches and the dropout are drawn from. */
  random: z.strictObject({ batches: z.int(), model: z.int() }),
  /** What the last steps ran on: only there the next ones are the same bit for bit. */
  backend: z.strictObject({ name: z.string(), device: z.string() }),
  text: z.strictObject({ characters: z.int(), sha256: z.string() }),
  /** How much of the metrics belongs to the steps that are done. */
  metricsBytes: z.int().min(0),
});

export type RunState = z.infer<typeof stateSchema>;

const fileSchema = stateSchema.extend({
  /** The files of the same save, so that a damaged or foreign one is noticed. */
  files: z.strictObject({
    [names.model]: fingerprint,
    [names.optimizer]: fingerprint,
    [names.vocabulary]: fingerprint,
  }),
});

/** Everything that a run goes on from. */
export interface SavedRun {
  readonly config: Config;
  readonly vocabulary: CharTokenizer;
  readonly state: RunState;
  /** Safetensors files. */
  readonly model: Uint8Array;
  readonly optimizer: Uint8Array;
}

/**
 * Saves a run, all or nothing.
 *
 * @throws Error of the file system; what was saved before is whole then.
 */
export async function saveRun(folder: string, run: SavedRun): Promise<void> {
  const vocabulary = json(run.vocabulary.characters);
  const files = {
    [names.model]: fingerprintOf(run.model),
    [names.optimizer]: fingerprintOf(run.optimizer),
    [names.vocabulary]: fingerprintOf(vocabulary),
  };
  const contents = new Map<string, Uint8Array | string>([
    [names.model, run.model],
    [names.optimizer, run.optimizer],
    [names.vocabulary, vocabulary],
    [names.config, json(run.config)],
    [names.state, json({ ...run.state, files })],
  ]);
  await saveFiles(folder, contents);
}

/**
 * Reads a saved run and makes sure that its files are whole and belong together.
 *
 * @throws UserError that names the file and what is wrong with it.
 */
export async function loadRun(folder: string): Promise<SavedRun> {
  const inside = await stat(folder).catch(() => null);
  if (!inside?.isDirectory()) {
    throw new UserError(`resume: expected the folder of a saved run, got ${folder}, which is none`);
  }
  await finishSave(folder).catch((error: unknown) => {
    throw new UserError(`resume: ${folder} cannot be written (${systemReason(error)})`);
  });
  const { files, ...state } = parse(
    join(folder, names.state),
    await read(folder, names.state),
    fileSchema,
  );
  const checked = async (name: keyof typeof files) => {
    const content = await read(folder, name);
    checkFingerprint(join(folder, name), content, files[name]);
    return content;
  };
  const vocabulary = parse(
    join(folder, names.vocabulary),
    await checked(names.vocabulary),
    z.array(z.string()),
  );
  await checkMetrics(folder, state.metricsBytes);
  return {
    config: await loadConfig(join(folder, names.config)),
    vocabulary: new CharTokenizer(vocabulary),
    state,
    model: await checked(names.model),
    optimizer: await checked(names.optimizer),
  };
}

/**
 * Reads a config file: a saved one, or a part of one written by hand.
 *
 * @throws UserError that names the file and what is wrong in it.
 */
async function loadConfig(path: string): Promise<Config> {
  return resolveConfig(await readConfig(path));
}

/** The settings in a config file, not checked yet, and their names in messages. */
export async function readConfig(path: string) {
  const content = await readFile(path).catch((error: unknown) => {
    throw new UserError(
      `config: expected a file that can be read, got ${path} (${systemReason(error)})`,
    );
  });
  const values = parse(path, content, z.record(z.string(), z.unknown()));
  return { values, nameOf: (key: string) => `${path}: ${key}` };
}

async function read(folder: string, name: string): Promise<Uint8Array> {
  const content = await readFile(join(folder, name)).catch((error: unknown) => {
    throw new UserError(
      `resume: expected the folder of a saved run, got ${folder} where ${name} cannot be read (${systemReason(error)})`,
    );
  });
  // A plain array: slice() of a Buffer is a window and not a copy.
  return new Uint8Array(content);
}

async function checkMetrics(folder: string, bytes: number): Promise<void> {
  const size = await stat(join(folder, metricsFile)).then(
    (found) => found.size,
    () => 0,
  );
  if (size < bytes) {
    throw new UserError(
      `${join(folder, metricsFile)}: expected at least ${bytes} bytes, got ${size}`,
    );
  }
}

function checkFingerprint(
  path: string,
  content: Uint8Array,
  { bytes, sha256 }: z.infer<typeof fingerprint>,
): void {
  if (content.length !== bytes) {
    throw new UserError(
      `${path}: expected the ${bytes} bytes that were saved, got ${content.length}`,
    );
  }
  if (fingerprintOf(content).sha256 !== sha256) {
    throw new UserError(
      `${path}: expected the bytes that were saved, got others of the same length`,
    );
  }
}

function fingerprintOf(content: Uint8Array | string): z.infer<typeof fingerprint> {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
  return { bytes, sha256: createHash("sha256").update(content).digest("hex") };
}

function parse<T>(path: string, content: Uint8Array, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw new UserError(`${path}: expected JSON, got something else (${messageOf(error)})`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path: place, message } = result.error.issues[0]!;
  throw new UserError([path, place.join("."), message].filter((part) => part !== "").join(": "));
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
