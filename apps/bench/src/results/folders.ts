import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "../places";
import type { ResultFolder } from "./performance";
import { readResult } from "./read";

/** The repository that this app is a part of. */
const repository = join(appFolder, "..", "..");

export const readmeFile = join(repository, "README.md");

/** The committed results: a folder a measuring, named by its date and machine. */
export function committedResults(): ResultFolder[] {
  const folder = join(repository, "docs", "results");
  if (!existsSync(folder)) return [];
  const folders = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  // Results of other apps lie beside them, named by what they are of.
  const names = folders.filter(({ name }) => /^\d{4}-\d{2}-\d{2}-/.test(name));
  return names.map(({ name }) => {
    const files = readdirSync(join(folder, name)).filter((file) => file.endsWith(".json"));
    return { name, results: files.sort().map((file) => readResult(join(folder, name, file))) };
  });
}
