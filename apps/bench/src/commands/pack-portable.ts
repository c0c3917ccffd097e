import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { peersFolder } from "../peers/installed";
import { layOut } from "../portable/lay-out";
import { nodeForLinux } from "../portable/node-binary";
import { megabytes } from "../report";
import { messageOf } from "../turns";
import { UserError } from "../user-error";

/** So that it can be sent about. */
const LARGEST = 60e6;

export function addPackPortable(program: Command): void {
  program
    .command("pack-portable")
    .description("pack one archive that runs all this on a bare Linux x64 machine without network")
    .option("--out <file>", "the archive", "tx-bench-linux-x64.tar.gz")
    .option("--node <file>", "a Node binary for Linux x64 (default: out of npm's package node)")
    .action(packPortable);
}

async function packPortable({ out, node }: { out: string; node?: string }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tx-bench-portable-"));
  const archive = resolve(out);
  try {
    await layOut(join(folder, "tx-bench"), node ?? nodeForLinux());
    mkdirSync(dirname(archive), { recursive: true });
    const order = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
    execFileSync("tar", [...order, "-czf", archive, "-C", folder, "tx-bench"]);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`pack-portable: ${messageOf(error)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { size } = statSync(archive);
  if (size > LARGEST) {
    throw new UserError(
      `pack-portable: expected at most ${megabytes(LARGEST)}, got ${megabytes(size)} in ${archive}`,
    );
  }
  const peers = existsSync(join(peersFolder, "node_modules"))
    ? "with genai and gpt-tfjs"
    : "without genai and gpt-tfjs (npm run bench -- setup-peers installs them)";
  console.log(`written: ${archive}, ${megabytes(size)}, ${peers}`);
}
