import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Command } from "commander";
import { type BenchConfig, configOf, configs } from "../configs";
import { ContentionWatch } from "../contention";
import { lastWordsOf } from "../peers/peer-process";
import { programArguments } from "../places";
import { circumstanceRows, circumstances, digits, formatRows, writeJson } from "../report";
import { type Statistics, statisticsOf } from "../statistics";
import { messageOf } from "../turns";
import { UserError } from "../user-error";
import { type BackendOptions, backendCommand, wholeNumber } from "./common";

export function addStartUp(program: Command): void {
  backendCommand(program, "start-up", "time a new process up to its first training step")
    .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
    .option("--runs <n>", "processes", wholeNumber, 5)
    .action(startUp);
}

/** Milliseconds since the process began at which each part was over. */
export type Marks = Record<
  "node" | "imports" | "backend" | "model" | "firstStep" | "secondStep",
  number
>;

interface Told {
  readonly name: string;
  readonly device: string;
  readonly marks: Marks;
  /** From before the process was made until its answer was there. */
  readonly wholeMs: number;
}

/** What each part took, from when each was over. */
export function partsOf({ node, imports, backend, model, firstStep, secondStep }: Marks) {
  return {
    node,
    imports: imports - node,
    backend: backend - imports,
    model: model - backend,
    firstStep: firstStep - model,
    secondStep: secondStep - firstStep,
    toFirstStep: firstStep,
  };
}

async function startUp(options: BackendOptions & { config: string; runs: number }): Promise<void> {
  const config = configOf(options.config);
  // The files are read from the disk once before.
  const { name, device } = await oneStart(options, config);
  const watch = await ContentionWatch.start();
  const told: Told[] = [];
  for (let run = 0; run < options.runs; run++) {
    watch.look();
    told.push(await oneStart(options, config));
  }
  const parts = told.map(({ marks }) => partsOf(marks));
  const names = Object.keys(parts[0]!) as (keyof ReturnType<typeof partsOf>)[];
  const phases = Object.fromEntries(
    names.map((part) => [part, statisticsOf(parts.map((times) => times[part]))]),
  ) as Record<keyof ReturnType<typeof partsOf>, Statistics>;
  const report = {
    ...circumstances("start-up", { name, device }, await watch.end()),
    ...{ configName: options.config, config, runs: options.runs, phases },
    wholeMs: statisticsOf(told.map(({ wholeMs }) => wholeMs)),
  };
  const row = (label: string, { median, min, max }: Statistics): [string, string] => [
    label,
    `${digits(median)} ms median (${digits(min)} to ${digits(max)})`,
  ];
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      row("Node itself", phases.node),
      row("imports", phases.imports),
      row("backend", phases.backend),
      row("model", phases.model),
      row("first step", phases.firstStep),
      row("second step", phases.secondStep),
      row("start to first step", phases.toFirstStep),
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}

/** @throws UserError with the process's own words if it fails. */
async function oneStart({ backend, threads }: BackendOptions, config: BenchConfig): Promise<Told> {
  const told = JSON.stringify({ backend, threads, config });
  const began = performance.now();
  try {
    const args = [...programArguments("start-up"), told];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { ...JSON.parse(stdout), wholeMs: performance.now() - began };
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const line = stdout.trim().split("\n").at(-1) ?? "";
    const said = line.startsWith('{"error"') ? (JSON.parse(line).error as string) : "";
    throw new UserError(said || lastWordsOf(stderr) || messageOf(error));
  }
}
