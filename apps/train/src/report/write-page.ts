import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemReason, UserError } from "../user-error";

/**
 * Writes a page whole or not at all: one that was there stays until the new one is complete.
 *
 * @throws UserError if it cannot be written.
 */
export async function writePage(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.saving`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new UserError(
      `out: expected a file that can be written, got ${path} (${systemReason(error)})`,
    );
  }
}
