import { folderOf, parseCase } from "./golden-case";
import type { Kind } from "./kind";
import { type Outcome, runCase } from "./run-case";

/** Runs the case that a file holds. A file that cannot be read as a case failed. */
export async function runFile(
  path: string,
  read: () => string,
  kinds: readonly Kind[],
): Promise<Outcome> {
  try {
    return await runCase(parseCase(path, read()), kinds);
  } catch (error) {
    const message = `malformed: ${error instanceof Error ? error.message : String(error)}`;
    return { path, package: folderOf(path), status: "failed", messages: [message] };
  }
}
