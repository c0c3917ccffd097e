import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { appFolder } from "../places";

/** Packages of others to compare with, installed on demand; git ignores the folder. */
export const peersFolder = join(appFolder, ".cache", "peers");

/** The list of them, with exact versions. */
const peersManifest = join(appFolder, "peers");

/** @throws Error that says how to install it, if it is not there. */
function folderOf(name: string): string {
  const folder = join(peersFolder, "node_modules", name);
  if (!existsSync(folder)) {
    throw new Error(
      `expected the package ${name}, got none installed; run: npm run bench -- setup-peers`,
    );
  }
  return folder;
}

/** The version of a peer's package. @throws Error if it is not installed. */
export function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8"));
  return `${name} ${version}`;
}

/** Imports a file of a peer's package, whatever its exports say. @throws Error if it is not installed. */
export function importFile(name: string, file: string): Promise<unknown> {
  return import(pathToFileURL(join(folderOf(name), file)).href);
}

/** Requires a package as the peers do. @throws Error if it is not installed. */
export function requireInstalled(name: string): unknown {
  return createRequire(join(peersFolder, "package.json"))(folderOf(name));
}

/** Lays the manifest and its lock where they are to be installed. */
export function layManifest(): void {
  mkdirSync(peersFolder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) {
    cpSync(join(peersManifest, file), join(peersFolder, file));
  }
}
