import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemReason, UserError } from "../user-error";
import { files } from "./run-folder";

/** A folder of one's own, made and tried out. */
export interface ClaimedFolder {
  readonly path: string;
  /** Takes away what was made, unless something was saved in it since. */
  release(): void;
}

/**
 * Makes the folder of a run, with the folders above it, and makes sure that it can be written.
 *
 * @param kind a folder for a new run has to be empty, that of a saved run is there already
 * @throws UserError if that is not possible or something lies in the folder; nothing is left behind.
 */
export function claimFolder(path: string, kind: "new" | "saved" = "new"): ClaimedFolder {
  let made: string | undefined;
  const release = () => removeEmpty(path, made);
  try {
    made = mkdirSync(path, { recursive: true });
    const probe = join(path, ".probe");
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    release();
    throw new UserError(
      `out: expected a folder that can be written, got ${path} (${systemReason(error)})`,
    );
  }
  if (kind === "new") checkEmpty(path);
  return { path, release };
}

function checkEmpty(path: string): void {
  const inside = readdirSync(path);
  if (inside.includes(files.run)) {
    throw new UserError(
      `out: expected a new or empty folder, got ${path}, a saved run (go on with it by resume)`,
    );
  }
  if (inside.length > 0) {
    throw new UserError(`out: expected a new or empty folder, got ${path} with ${inside[0]} in it`);
  }
}

/** runs/2025-01-31-12-00-00, with a number behind when there is one already. */
export function defaultFolder(now = new Date()): string {
  const parts = [
    now.getMonth() + 1,
    now.getDate(),
    now.getHours(),
    now.getMinutes(),
    now.getSeconds(),
  ];
  const name = [now.getFullYear(), ...parts.map((part) => String(part).padStart(2, "0"))].join("-");
  const path = join("runs", name);
  for (let copy = 2; ; copy++) {
    const free = copy === 2 ? path : `${path}-${copy - 1}`;
    if (!existsSync(free)) return free;
  }
}

/** Removes the empty folders from path up to the topmost one that was made. */
function removeEmpty(path: string, made: string | undefined): void {
  if (made === undefined) return;
  try {
    for (let folder = path; folder.length >= made.length; folder = dirname(folder))
      rmdirSync(folder);
  } catch {
    // Something lies in it: it stays.
  }
}
