import type { Command } from "commander";
import { configOf, configs } from "../configs";
import { startGeneration } from "../generation";
import { peersOf } from "../peers/names";
import {
  circumstanceRows,
  circumstances,
  contestRows,
  formatRows,
  whole,
  writeJson,
} from "../report";
import {
  bringUp,
  compare,
  ownStanding,
  type PeerOptions,
  peerCommand,
  wholeNumber,
} from "./common";

export function addGenerate(program: Command): void {
  peerCommand(program, "generate", "time the generation of one sequence with a cache")
    .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
    .option("--runs <n>", "timed runs", wholeNumber, 20)
    .option("--warmup <n>", "runs before, while the JavaScript is compiled", wholeNumber, 20)
    .action(generate);
}

interface GenerateOptions extends PeerOptions {
  config: string;
  runs: number;
  warmup: number;
}

async function generate(options: GenerateOptions): Promise<void> {
  const config = configOf(options.config);
  peersOf(options.vs);
  const backend = await bringUp(options);
  const work = startGeneration(config);
  for (let n = 1; n < options.warmup; n++) await work.once();
  const contest = await compare(options, backend, {
    work: { kind: "generate", config },
    ...{ once: work.once, runs: 1, turns: options.runs },
  });
  work.dispose();
  const ours = ownStanding(contest, backend.name);
  const { tokens } = work;
  const standings = contest.standings.map((standing) => ({
    ...standing,
    tokensPerSecond: (tokens * 1000) / standing.median,
  }));
  const report = {
    ...circumstances("generate", backend, contest.contention),
    ...{ configName: options.config, config, tokens, warmup: options.warmup },
    ...{ medianMs: ours.median, minMs: ours.min, maxMs: ours.max },
    tokensPerSecond: (tokens * 1000) / ours.median,
    ...{ standings, failures: contest.failures },
  };
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      ...contestRows(contest),
      ["speed", `${whole(report.tokensPerSecond)} tokens/s, ${tokens} tokens a run`],
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}
