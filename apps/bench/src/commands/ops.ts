import type { Command } from "commander";
import { configOf } from "../configs";
import { joinedContention } from "../contention";
import { opCases } from "../ops/cases";
import { opContestant, type Pass } from "../ops/time-op";
import { engineKernelNames } from "../ops/without-engine";
import { circumstanceRows, circumstances, digits, formatRows, writeJson } from "../report";
import { type Contest, takeTurns } from "../turns";
import { UserError } from "../user-error";
import { type BackendOptions, backendCommand, bringUp, wholeNumber } from "./common";

export function addOps(program: Command): void {
  backendCommand(
    program,
    "ops",
    "time each operation of @tx/ops with the engine's kernels and as its reference, forward and backward",
  )
    .option("--config <name|file>", "whose sizes: as for step", "small")
    .option("--only <text>", `operations whose name has this in it, such as attention`)
    .option("--runs <n>", "timed turns of each", wholeNumber, 7)
    .action(ops);
}

interface OpsOptions extends BackendOptions {
  config: string;
  only?: string;
  runs: number;
}

async function ops(options: OpsOptions): Promise<void> {
  const config = configOf(options.config);
  const all = opCases(config);
  const chosen = all.filter(({ name }) => name.includes(options.only ?? ""));
  if (chosen.length === 0) {
    const names = all.map(({ name }) => name).join("; ");
    throw new UserError(`--only: expected a part of ${names}, got ${options.only}`);
  }
  const backend = await bringUp(options);
  const kernels = engineKernelNames();
  const measured: (Contest & { op: string })[] = [];
  for (const op of chosen) {
    const passes: Pass[] =
      op.differentiable > 0 ? ["forward", "forward and backward"] : ["forward"];
    const sides =
      kernels.length > 0 ? (["kernel", "reference"] as const) : (["reference"] as const);
    const contestants = passes.flatMap((pass) => sides.map((side) => opContestant(op, pass, side)));
    measured.push({ op: op.name, ...(await takeTurns(contestants, options.runs)) });
  }
  const contention = joinedContention(measured.map(({ contention }) => contention));
  const report = {
    ...circumstances("ops", backend, contention),
    ...{ configName: options.config, config, kernels },
    ops: measured.map(({ op, standings, failures }) => ({ op, standings, failures })),
  };
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      [
        "kernels",
        kernels.length === 0 ? "none on this backend: references alone" : kernels.join(", "),
      ],
      ...measured.flatMap(rowsOf),
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}

/** A row a pass: the kernel's time, the reference's, and how many times it is. */
function rowsOf({ op, standings, failures }: Contest & { op: string }): [string, string][] {
  const of = (side: string, pass: Pass) =>
    standings.find(({ name }) => name === `${side}, ${pass}`);
  const passes: Pass[] = ["forward", "forward and backward"];
  const rows = passes.flatMap((pass): [string, string][] => {
    const [kernel, reference] = [of("kernel", pass), of("reference", pass)];
    if (!kernel && !reference) return [];
    const times = [
      kernel && `${digits(kernel.median)} ms`,
      reference && `reference ${digits(reference.median)} ms`,
    ];
    const ratio = kernel && reference && `${(reference.median / kernel.median).toFixed(2)} times`;
    return [[`${op}, ${pass}`, [...times, ratio].filter(Boolean).join(", ")]];
  });
  return [
    ...rows,
    ...failures.map(({ name, error }): [string, string] => [`${op}, ${name}`, `cannot: ${error}`]),
  ];
}
