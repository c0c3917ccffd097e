import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Migration, migrated, parseStrictJson } from "@tx/core";
import type { Json, Run, SavedRun } from "@tx/training";
import { loadRun, saveRun } from "@tx/training/node";
import { z } from "zod";
import type { Config } from "../config/config";
import { resolveConfig } from "../config/resolve";
import { messageOf, systemReason, UserError } from "../user-error";

/** Files in the folder of a run. */
export const files = {
  /** Everything that the run goes on from: `loadRun` of `@tx/training/node` reads it. */
  run: "run.safetensors",
  config: "config.json",
  metrics: "metrics.jsonl",
  samples: "samples.jsonl",
  report: "report.html",
} as const;

/**
 * Lift what runs of earlier versions say: the first step those of version 1. None is ever taken away;
 * see CONTRIBUTING.md.
 */
const migrations: readonly Migration[] = [];

/** Of what runs say that are saved now. */
export const stateVersion = migrations.length + 1;

/** More than settings ever take, in bytes and in levels: a hostile file must not fill the memory. */
const MOST_BYTES = 2 ** 20;
const MOST_LEVELS = 32;

const stateSchema = z.strictObject({
  version: z.literal(stateVersion),
  config: z.record(z.string(), z.unknown()),
  /** What the task is made again from, such as its vocabulary. */
  task: z.json(),
  /** Tells the data that the steps saw. */
  fingerprint: z.string(),
  /** Longest sequence that tables of positions know. */
  maxLen: z.int().min(1),
  /** The step of the newest evaluation, 0 before the first. */
  evaluatedStep: z.int().min(0),
  /** What the last steps ran on: only there the next ones are the same bit for bit. */
  backend: z.strictObject({ name: z.string(), device: z.string() }),
  /** How many lines of the journals belong to the steps that are done. */
  lines: z.strictObject({ metrics: z.int().min(0), samples: z.int().min(0) }),
});

/** What a run's file says besides weights, moments and random streams. */
export type RunState = Omit<z.infer<typeof stateSchema>, "config" | "task"> & {
  readonly config: Config;
  readonly task: Json;
};

/** A run that was saved. */
export interface LoadedRun {
  readonly folder: string;
  readonly state: RunState;
  readonly run: SavedRun;
}

/**
 * Saves a run: its file all or nothing, and the settings beside it to be read and used again.
 *
 * @throws Error of the file system; what was saved before is whole then.
 */
export async function saveToFolder(
  folder: string,
  run: Omit<Run, "config">,
  state: RunState,
): Promise<void> {
  await writeConfig(join(folder, files.config), `${JSON.stringify(state.config, null, 2)}\n`);
  await saveRun(folder, { ...run, config: state as unknown as Json });
}

/**
 * Reads a saved run and makes sure that it is whole.
 *
 * @param asked what the user calls it, for the messages
 * @throws UserError that names the file and what is wrong with it.
 */
export async function loadFromFolder(folder: string, asked = "run"): Promise<LoadedRun> {
  const inside = await stat(folder).catch(() => null);
  if (!inside?.isDirectory()) {
    throw new UserError(
      `${asked}: expected the folder of a saved run, got ${folder}, which is none`,
    );
  }
  const run = await loadRun(folder).catch((error: unknown) => {
    throw new UserError(`${asked}: ${messageOf(error)}`);
  });
  const path = join(folder, files.run);
  const parsed = stateSchema.safeParse(migrated(run.config, migrations));
  if (!parsed.success) {
    const { path: place, message } = parsed.error.issues[0]!;
    throw new UserError([path, place.join("."), message].filter((part) => part !== "").join(": "));
  }
  const config = resolveConfig({
    values: parsed.data.config,
    nameOf: (key) => `${path}: ${key}`,
  });
  return { folder, run, state: { ...parsed.data, config, task: parsed.data.task as Json } };
}

/** The settings in a config file, not checked yet, and their names in messages. */
export async function readConfig(path: string) {
  const unreadable = (error: unknown) => {
    throw new UserError(
      `config: expected a file that can be read, got ${path} (${systemReason(error)})`,
    );
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > MOST_BYTES) {
    throw new UserError(`${path}: expected settings of at most ${MOST_BYTES} bytes, got ${size}`);
  }
  const content = await readFile(path, "utf8").catch(unreadable);
  let values: unknown;
  try {
    values = parseStrictJson(content, "settings", MOST_LEVELS);
  } catch (error) {
    throw new UserError(`${path}: expected JSON, got something else (${messageOf(error)})`);
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new UserError(
      `${path}: expected an object with settings, got ${content.trim().slice(0, 20)}`,
    );
  }
  return {
    values: values as Record<string, unknown>,
    nameOf: (key: string) => `${path}: ${key}`,
  };
}

/** Written by the side and renamed, unless it is there already. */
async function writeConfig(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => "")) === text) return;
  const beside = `${path}.${process.pid}.saving`;
  try {
    await writeFile(beside, text, { flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
