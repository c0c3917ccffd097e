import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "./user-error";

/**
 * Writes a file whole or not at all: one that was there stays until the new one is complete.
 *
 * @throws UserError if it cannot be written.
 */
export function writeWhole(file: string, text: string): void {
  const half = `${file}.${process.pid}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(half, text);
    renameSync(half, file);
  } catch (error) {
    rmSync(half, { force: true });
    throw new UserError(
      `--out: expected a file that can be written, got ${(error as Error).message}`,
    );
  }
}
