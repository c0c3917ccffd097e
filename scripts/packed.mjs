import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./processes.mjs";

/**
 * Every package of ours as `check:pack` has packed it, through pnpm, which writes the published
 * exports: a manifest's dependencies on the tarballs.
 *
 * @returns {Record<string, string>} Addresses of tarballs by package.
 * @throws Error if one is not packed.
 */
export function packedPackages() {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  return Object.fromEntries(
    folders.map((folder) => [folder.replace("packages/", "@tx/"), packedIn(folder)]),
  );
}

/** @throws Error if what is in the folder is not packed. */
export function packedIn(folder) {
  const file = join(root, folder, ".pack", "package.tgz");
  if (!existsSync(file)) {
    throw new Error(
      `${file}: expected a packed package, got none; run npx -y pnpm@10.34.8 run check`,
    );
  }
  return `file:${file}`;
}
