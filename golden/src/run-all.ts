import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findCases } from "./find-cases";
import type { Kind } from "./kind";
import type { Outcome } from "./run-case";
import { runFile } from "./run-file";

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
    const read = () => readFileSync(join(directory, path), "utf8");
    outcomes.push(await runFile(path, read, kinds));
  }
  return outcomes;
}
