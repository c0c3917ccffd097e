import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packedIn, packedPackages } from "./packed.mjs";

/** Installs the packed program in an empty folder, once for all tests, which get the folder's path. */
export default function setup({ provide }) {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "tx-train-packed-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    // What is not published is found beside it.
    const dependencies = { ...packedPackages(), "@tx/train": packedIn("apps/train") };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
    const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
    const { status } = spawnSync("npm", args, {
      ...{ cwd: folder, stdio: "inherit", shell: process.platform === "win32" },
    });
    if (status !== 0) throw new Error(`npm install: expected exit code 0, got ${status}`);
  } catch (error) {
    remove();
    throw error;
  }
  provide("installed", folder);
  return remove;
}
