import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const staging = ".saving";
const complete = ".saved";

/**
 * Writes several files into a folder so that a crash or a full disk at any moment leaves either all old
 * ones or all new ones: they are written and flushed in a folder beside, whose renaming is the moment
 * at which the save counts, and moved into place after that. {@link finishSave} completes the moving.
 *
 * @throws Error of the file system; the files that were there before are untouched then.
 */
export async function saveFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  await finishSave(folder);
  const stage = join(folder, staging);
  try {
    await mkdir(stage);
    for (const [name, content] of files) await writeFlushed(join(stage, name), content);
    await flushFolder(stage);
    await rename(stage, join(folder, complete));
  } catch (error) {
    await rm(stage, { recursive: true, force: true });
    throw error;
  }
  await flushFolder(folder);
  await finishSave(folder);
}

/** Completes a save that counted before the process ended, and drops one that did not. */
export async function finishSave(folder: string): Promise<void> {
  await rm(join(folder, staging), { recursive: true, force: true });
  const from = join(folder, complete);
  const names = await readdir(from).catch(() => null);
  if (names === null) return;
  for (const name of names) await rename(join(from, name), join(folder, name));
  await flushFolder(folder);
  await rm(from, { recursive: true, force: true });
}

async function writeFlushed(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts the names of a folder on the disk. Windows does not let a folder be opened, and needs no such step. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
