import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { suiteOf } from "../suite";
import { UserError } from "../user-error";
import { type BackendOptions, backendCommand, bringUp } from "./common";

export function addSuite(program: Command): void {
  backendCommand(
    program,
    "suite",
    "measure all that suits the machine, into one folder with a page",
  )
    .option("--out <folder>", "where figures and page go", "results")
    .option("--quick", "few runs, to see that all of it works", false)
    .option("--only <text>", "parts whose file has this in its name, such as step")
    .option("--python <command>", "a Python that has PyTorch", "python3")
    .action(suite);
}

interface SuiteCommandOptions extends BackendOptions {
  out: string;
  quick: boolean;
  only?: string;
  python: string;
}

/** Each command in a process of its own, so that none inherits another's memory or warmth. */
async function suite(options: SuiteCommandOptions): Promise<void> {
  if (options.json !== undefined)
    throw new UserError("--json: expected --out for suite, got --json");
  const { name } = await bringUp(options);
  const all = suiteOf({ ...options, backend: name });
  const parts = all.filter(({ file }) => file.includes(options.only ?? ""));
  if (parts.length === 0) {
    const files = all.map(({ file }) => file).join(", ");
    throw new UserError(`--only: expected a part of ${files}, got ${options.only}`);
  }
  const folder = resolve(options.out);
  mkdirSync(folder, { recursive: true });
  const threads = options.threads === undefined ? [] : ["--threads", String(options.threads)];
  const failed: string[] = [];
  const written: string[] = [];
  for (const { file, args } of parts) {
    const json = join(folder, `${file}.json`);
    console.log(`\n${args.join(" ")}`);
    if (run([...args, ...threads, "--json", json]) !== 0) failed.push(file);
    else if (existsSync(json)) written.push(json);
  }
  if (written.length > 0) run(["report", ...written, "--out", join(folder, "index.html")]);
  if (failed.length > 0)
    throw new UserError(`suite: expected all to work, but ${failed.join(", ")} did not`);
}

/** This very program with other arguments. */
function run(args: readonly string[]): number | null {
  const own = [...process.execArgv, process.argv[1]!];
  return spawnSync(process.execPath, [...own, ...args], { stdio: "inherit" }).status;
}
