import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "@tx/core/node";
import { decodeRun } from "../decode-run";
import { encodeRun } from "../encode-run";
import type { Run, SavedRun } from "../run";

const FILE = "run.safetensors";

/**
 * Saves a run as run.safetensors in a folder, which is made if it is not there. At any moment, and
 * whatever ends the process, the file is the old one or the new one, and whole.
 *
 * It is the run of the moment of the call; await it before the next save into the folder.
 *
 * @returns The file's path.
 * @throws RangeError (as a rejection) as {@link encodeRun}; Error of the file system. What was
 *   saved before is untouched then.
 */
export async function saveRun(folder: string, run: Run): Promise<string> {
  const bytes = await encodeRun(run);
  const path = join(folder, FILE);
  await mkdir(folder, { recursive: true });
  await writeWhole(path, bytes);
  return path;
}

/**
 * Reads the run that {@link saveRun} left in a folder, for `restoreRun`.
 *
 * @throws Error (as a rejection) with the file's path and the reason if it cannot be read, is cut
 *   off or changed.
 */
export async function loadRun(folder: string): Promise<SavedRun> {
  const path = join(folder, FILE);
  return decodeRun(await read(path), path);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new Error(`${path}: expected a saved run, got none that can be read (${reason})`, {
      cause,
    });
  }
}
