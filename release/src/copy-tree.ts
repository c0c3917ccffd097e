import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { globby } from "globby";
// @boundaries-ignore the scripts of the repository are nobody's package
import { root } from "../../scripts/processes.mjs";
import { run } from "./run";

/** What git ignores and a release needs: it is built, and installed, before. */
const built = ["dist", "src/generated", "node_modules"];

/**
 * A copy of the working tree as it is, built, in which a release may change files, commit and tag:
 * a repository of its own, without the history.
 *
 * @throws Error if a package is not built.
 */
export async function copyTree(to: string): Promise<void> {
  // Not asked of git, which may know nothing of this folder: an unpacked archive, another user's.
  const files = await globby("**", {
    cwd: root,
    dot: true,
    gitignore: true,
    ignore: ["**/.git/**"],
  });
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(root, file), join(to, file), { verbatimSymlinks: true });
  }
  for (const name of readdirSync(join(root, "packages"))) {
    const from = join(root, "packages", name);
    if (!existsSync(join(from, "dist"))) {
      throw new Error(`${name}: expected a package that is built, got none; pnpm run build`);
    }
    for (const folder of built.filter((folder) => existsSync(join(from, folder)))) {
      // Links between packages are relative: in the copy they lead to the copies.
      const options = { recursive: true, verbatimSymlinks: true };
      cpSync(join(from, folder), join(to, "packages", name, folder), options);
    }
  }
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"), "junction");
  await git(["init", "--quiet", "--initial-branch=main"], to);
  await git(["add", "--all"], to);
  await git(["commit", "--quiet", "--message=Before the release"], to);
}

/** Git in a folder, under a name of nobody and without hooks or signatures. */
export async function git(args: readonly string[], cwd: string): Promise<string> {
  const settings = {
    "user.name": "rehearsal",
    "user.email": "rehearsal@localhost",
    "commit.gpgsign": "false",
    "core.hooksPath": "/dev/null",
  };
  const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return run("git", [...given, ...args], { cwd });
}
