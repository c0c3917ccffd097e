import { dirname, resolve } from "node:path";
import type { TrainLine } from "../commands/command-line";
import { flagOf } from "../commands/settings";
import { type Config, modelName } from "../config/config";
import { type ConfigSource, resolveConfig } from "../config/resolve";
import { loadTask } from "../tasks/load-task";
import type { Task } from "../tasks/task";
import { UserError } from "../user-error";
import { type ClaimedFolder, claimFolder, defaultFolder } from "./output-folder";
import { type LoadedRun, loadFromFolder, readConfig } from "./run-folder";

/** All that is known before anything heavy starts, checked. */
export interface Plan {
  readonly config: Config;
  readonly task: Task;
  readonly saved: LoadedRun | null;
  /** Longest sequence that tables of positions know. */
  readonly maxLen: number;
  /** Where the run is saved. */
  readonly folder: ClaimedFolder;
}

/**
 * Reads everything that the command line names and checks it.
 *
 * @throws UserError in one line for whatever does not fit; no folder is left behind.
 */
export async function planOf(line: TrainLine): Promise<Plan> {
  if (line.resume !== undefined && line.config !== undefined) {
    throw new UserError("config: expected --resume or --config, got both");
  }
  const saved = line.resume === undefined ? null : await loadFromFolder(line.resume, "resume");
  const config = await configOf(line, saved);
  if (saved) checkResumable(config, saved.state.config);
  const task = await loadTask(config, saved && { name: saved.run.name, saved: saved.state.task });
  task.checkPrompt(config.prompt);
  const maxLen = saved?.state.maxLen ?? task.maxLen;
  return { config, task, saved, maxLen, folder: folderOf(line) };
}

async function configOf(line: TrainLine, saved: LoadedRun | null): Promise<Config> {
  const sources: ConfigSource[] = [];
  if (saved) sources.push({ values: saved.state.config, nameOf: (key) => key });
  if (line.config !== undefined) {
    sources.push(withPaths(await readConfig(line.config), dirname(line.config)));
  }
  sources.push(withPaths({ values: line.given, nameOf: flagOf }, "."));
  return resolveConfig(...sources);
}

/** Paths made absolute, so that the saved config is good in every folder. */
export function withPaths(source: ConfigSource, folder: string): ConfigSource {
  const values = { ...source.values };
  for (const key of ["text", "pairs"]) {
    const path = values[key];
    if (typeof path === "string" && path !== "") values[key] = resolve(folder, path);
  }
  const { tokenizer } = values;
  if (typeof tokenizer === "string" && /[./\\]/.test(tokenizer)) {
    values.tokenizer = resolve(folder, tokenizer);
  }
  return { ...source, values };
}

/** What the weights, the moments and the streams depend on. */
const fixed: readonly (keyof Config)[] = [
  ...(["task", "tokenizer", "words", "from", "to", "largest", "symbols"] as const),
  ...(["model", "layers", "heads", "dModel", "dFF", "dropout", "embedding"] as const),
  ...(["positional", "positionalOptions", "attention", "kvHeads", "score"] as const),
  ...(["scoreOptions", "norm", "residual", "ffn", "ffnOptions"] as const),
  ...(["bias", "tied", "optimizer", "seed"] as const),
];

/** @throws UserError if the settings ask for another model than the saved one. */
function checkResumable(config: Config, saved: Config): void {
  for (const key of fixed) {
    const [got, expected] = [settled(config, key), settled(saved, key)];
    if (got !== expected) {
      throw new UserError(`${flagOf(key)}: expected ${expected}, as in the saved run, got ${got}`);
    }
  }
}

/** A setting in words; the model by its name where what suits the task was asked for. */
function settled(config: Config, key: keyof Config): string {
  const value = key === "model" ? modelName(config) : config[key];
  return typeof value === "string" ? value : JSON.stringify(value);
}

function folderOf({ out, resume }: TrainLine): ClaimedFolder {
  if (resume !== undefined && (out === undefined || resolve(out) === resolve(resume))) {
    return claimFolder(resume, "saved");
  }
  return claimFolder(out ?? defaultFolder());
}
