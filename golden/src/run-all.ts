import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCases } from "./find-cases";
import { folderOf, parseCase } from "./golden-case";
import type { Kind } from "./kind";
import { type Outcome, runCase } from "./run-case";

export interface RunOptions {
  /** Searched for *.json, however deep. */
  readonly directory: string;
  /** Only cases whose path, relative to the directory, holds this. */
  readonly only?: string;
  readonly kinds: readonly Kind[];
}

/**
 * Runs every case of a folder, one after the other. A file that cannot be read as a case failed.
 *
 * @throws Error if the folder cannot be read.
 */
export async function runAll({ directory, only = "", kinds }: RunOptions): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const path of findCases(directory).filter((path) => path.includes(only))) {
    outcomes.push(await runFile(directory, path, kinds));
  }
  return outcomes;
}

async function runFile(directory: string, path: string, kinds: readonly Kind[]): Promise<Outcome> {
  try {
    const golden = parseCase(path, readFileSync(join(directory, path), "utf8"));
    return await runCase(golden, kinds);
  } catch (error) {
    const message = `malformed: ${error instanceof Error ? error.message : String(error)}`;
    return { path, package: folderOf(path), status: "failed", messages: [message] };
  }
}
