import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const ENDING = ".saving";

/**
 * Writes a file by the side, onto the disk, and renames it: at any moment the path has the old
 * bytes or the new ones, all of them. What a process that was killed left by the side is removed
 * by the next one.
 *
 * @param bytes All at once, or in pieces, of which the next is asked for when the last is written.
 * @throws Error of the file system, or what the pieces' source throws; the old file is untouched
 *   then.
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const folder = dirname(path);
  const own = `${basename(path)}.${process.pid}.`;
  await removeLeftOvers(folder, basename(path), own);
  const beside = join(folder, `${own}${randomUUID()}${ENDING}`);
  try {
    await writeFlushed(beside, bytes);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await flushFolder(folder);
}

/** A save of this very process may be under way: its files stay. */
async function removeLeftOvers(folder: string, name: string, own: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const isPart = entry.startsWith(`${name}.`) && entry.endsWith(ENDING);
    if (isPart && !entry.startsWith(own)) await rm(join(folder, entry), { force: true });
  }
}

async function writeFlushed(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, "wx");
  try {
    await writeFile(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts the new name on the disk. Windows lets no folder be opened, and needs no such step. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
