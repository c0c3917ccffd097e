import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "commander";
import { layManifest, peersFolder, versionOf } from "../peers/installed";
import { UserError } from "../user-error";

export function addSetupPeers(program: Command): void {
  program
    .command("setup-peers")
    .description("install genai and gpt-tfjs into a folder that git ignores (about 400 MB)")
    .action(setupPeers);
}

/** Without the packages' install scripts, and without what is optional: nothing is downloaded beside them. */
async function setupPeers(): Promise<void> {
  layManifest();
  const flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"];
  const npm = spawn("npm", ["ci", ...flags, "--loglevel=error"], {
    cwd: peersFolder,
    stdio: "inherit",
    // npm is a script there, which needs one.
    shell: process.platform === "win32",
  });
  const failed = once(npm, "error").then(([error]) => String((error as Error).message));
  const [code] = (await Promise.race([once(npm, "exit"), failed.then((why) => [why])])) as [
    unknown,
  ];
  if (code !== 0) throw new UserError(`setup-peers: expected npm ci to succeed, got ${code}`);
  for (const name of ["@genai-fi/nanogpt", "gpt-tfjs"])
    console.log(`installed: ${versionOf(name)}`);
}
