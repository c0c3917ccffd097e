import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { pageOf } from "../results/page";
import { readResult } from "../results/read";
import { messageOf } from "../turns";
import { UserError } from "../user-error";

export function addReport(program: Command): void {
  program
    .command("report")
    .description("turn files of figures into one page with plots")
    .argument("<files...>", "JSON files that --json wrote")
    .option("--out <file>", "the page", "benchmarks.html")
    .option("--title <text>", "its title", "Benchmarks of tx")
    .action((files: string[], { out, title }: { out: string; title: string }) => {
      const page = pageOf(files.map(readResult), title);
      write(resolve(out), page);
      console.log(`written: ${resolve(out)}`);
    });
}

/** Whole or not at all: a page that was there stays until the new one is complete. */
function write(file: string, text: string): void {
  const half = `${file}.${process.pid}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(half, text);
    renameSync(half, file);
  } catch (error) {
    rmSync(half, { force: true });
    throw new UserError(`--out: expected a file that can be written, got ${messageOf(error)}`);
  }
}
