import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { formatRows, writeJson } from "../report";
import { wholeNumber } from "./common";

interface LoadOptions {
  busy: number[];
  threads: number[];
  config: string;
  steps: number;
  json?: string;
}

interface Measured {
  /** Processes beside that do nothing but compute. */
  readonly busy: number;
  readonly threads: number;
  readonly medianMs: number;
  readonly maxMs: number;
}

export function addLoad(program: Command): void {
  const cores = availableParallelism();
  program
    .command("load")
    .description("time a training step on simd while other processes compute beside it")
    .option("--busy <n...>", "processes beside, one run each", numbers, [0, cores, 2 * cores])
    .option("--threads <n...>", "threads, one run each", numbers, [1, cores, 2 * cores])
    .option("--config <name|file>", "as for step", "small")
    .option("--steps <n>", "timed steps", wholeNumber, 12)
    .option("--json <file>", "also write the figures to a file")
    .action(load);
}

/** Collects the numbers of an option that takes several; the first one takes the default's place. */
function numbers(text: string, given: number[] & { asked?: true }): number[] {
  const value = text === "0" ? 0 : wholeNumber(text);
  return Object.assign(given.asked ? [...given, value] : [value], { asked: true as const });
}

function load(options: LoadOptions): void {
  const cores = availableParallelism();
  const measured = [...new Set(options.busy)].flatMap((busy) => underLoad(busy, options));
  const rows = measured.map(({ busy, threads, medianMs, maxMs }): [string, string] => [
    `${busy} busy beside, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    `${medianMs.toFixed(1)} ms median, ${maxMs.toFixed(1)} ms at most`,
  ]);
  const { config, steps } = options;
  console.log(formatRows([["cores", String(cores)], ["config", config], ...rows]));
  const date = new Date().toISOString();
  const report = { cores, config, steps, node: process.version, date, measured };
  if (options.json !== undefined) writeJson(options.json, report);
}

function underLoad(busy: number, options: LoadOptions): Measured[] {
  const others = Array.from({ length: busy }, compute);
  try {
    return [...new Set(options.threads)].map((threads) => ({
      busy,
      threads,
      ...stepTimes(threads, options),
    }));
  } finally {
    for (const other of others) other.kill();
  }
}

/** A process that computes until it is ended, or this one is gone. */
function compute(): ChildProcess {
  const code = `const until = Date.now() + 600_000; const parent = process.ppid;
    while (Date.now() < until && process.ppid === parent) for (let i = 0; i < 1e6; i++) Math.sqrt(i);`;
  return spawn(process.execPath, ["-e", code], { stdio: "ignore" });
}

/** The command "step" of this very program, in a process of its own: threads are set once a process. */
function stepTimes(threads: number, { config, steps }: LoadOptions) {
  const folder = mkdtempSync(join(tmpdir(), "tx-bench-load-"));
  const json = join(folder, "step.json");
  const own = [...process.execArgv, process.argv[1]!];
  const args = ["step", "--backend", "simd", "--config", config, "--json", json];
  args.push("--threads", String(threads), "--steps", String(steps));
  try {
    execFileSync(process.execPath, [...own, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    const { medianMs, maxMs } = JSON.parse(readFileSync(json, "utf8"));
    return { medianMs, maxMs } as { medianMs: number; maxMs: number };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
