import { type ActiveBackend, useBackend } from "@tx/backend";
import type { Given } from "../commands/settings";
import { flagOf } from "../commands/settings";
import type { Config } from "../config/config";
import { resolveConfig } from "../config/resolve";
import { loadTask, type TaskOptions } from "../tasks/load-task";
import type { Task } from "../tasks/task";
import { Trainer } from "../training/trainer";
import { messageOf, UserError } from "../user-error";
import { withPaths } from "./plan";
import { type LoadedRun, loadFromFolder } from "./run-folder";

/** A saved run with its model on a backend. */
export interface OpenRun {
  readonly loaded: LoadedRun;
  /** With what was given in place of what was saved. */
  readonly config: Config;
  readonly task: Task;
  readonly trainer: Trainer;
  readonly backend: ActiveBackend;
}

/**
 * Reads a saved run and brings its model up; the caller disposes the trainer.
 *
 * @throws UserError in one line for whatever does not fit.
 */
export async function openRun(
  folder: string,
  given: Given = {},
  options: TaskOptions = {},
): Promise<OpenRun> {
  const loaded = await loadFromFolder(folder);
  const { state, run } = loaded;
  const config = resolveConfig(
    { values: state.config, nameOf: (key) => key },
    withPaths({ values: given, nameOf: flagOf }, "."),
  );
  const task = await loadTask(config, { name: run.name, saved: state.task }, options);
  const backend = await backendOf(config);
  const trainer = Trainer.create(config, task, state.maxLen, run);
  return { loaded, config, task, trainer, backend };
}

/** @throws UserError that says what to install. */
export async function backendOf({ backend }: Pick<Config, "backend">): Promise<ActiveBackend> {
  return useBackend(backend as Parameters<typeof useBackend>[0]).catch((error: unknown) => {
    throw new UserError(messageOf(error));
  });
}
