import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * Every *.json under a folder, however deep: paths relative to it, with "/", in order.
 *
 * @throws Error if the folder cannot be read.
 */
export function findCases(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .map((path) => path.split(sep).join("/"))
    .sort();
}
