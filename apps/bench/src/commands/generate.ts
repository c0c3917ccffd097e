import type { Command } from "commander";
import { configOf, configs } from "../configs";
import { startGeneration } from "../generation";
import {
  circumstanceRows,
  circumstances,
  contestRows,
  formatRows,
  whole,
  writeJson,
} from "../report";
import { takeTurns } from "../turns";
import { UserError } from "../user-error";
import { bringUp, type CommonOptions, commonCommand, oursOf, wholeNumber } from "./common";

export function addGenerate(program: Command): void {
  commonCommand(program, "generate", "time the generation of one sequence with a cache")
    .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
    .option("--runs <n>", "timed runs", wholeNumber, 20)
    .option("--warmup <n>", "runs before, while the JavaScript is compiled", wholeNumber, 20)
    .action(generate);
}

interface GenerateOptions extends CommonOptions {
  config: string;
  runs: number;
  warmup: number;
}

async function generate(options: GenerateOptions): Promise<void> {
  if (options.vs) throw new UserError("--vs: expected none for generate, got torch");
  const config = configOf(options.config);
  const backend = await bringUp(options);
  const work = startGeneration(config);
  for (let n = 1; n < options.warmup; n++) await work.once();
  const contest = await takeTurns([oursOf(backend.name, work.once, 1)], options.runs);
  work.dispose();
  const [ours] = contest.standings;
  if (!ours) throw new Error("standings: expected ours, got none");
  const report = {
    ...circumstances(backend, contest.loadAverage),
    ...{ configName: options.config, config, tokens: work.tokens, warmup: options.warmup },
    ...{ medianMs: ours.median, minMs: ours.min, maxMs: ours.max },
    tokensPerSecond: (work.tokens * 1000) / ours.median,
  };
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      ...contestRows(contest),
      ["speed", `${whole(report.tokensPerSecond)} tokens/s, ${work.tokens} tokens a run`],
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}
