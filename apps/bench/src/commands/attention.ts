import type { Command } from "commander";
import { attentionOnce } from "../attention";
import {
  circumstanceRows,
  circumstances,
  contestRows,
  formatRows,
  megabytes,
  whole,
  writeJson,
} from "../report";
import { takeTurns } from "../turns";
import {
  bringUp,
  type CommonOptions,
  commonCommand,
  machineMemory,
  oursOf,
  wholeNumber,
} from "./common";
import { torchOf } from "./torch-side";

export function addAttention(program: Command): void {
  commonCommand(program, "attention", "time causal attention, 4 heads of 32, forward and backward")
    .option("--length <n>", "queries and keys", wholeNumber, 1024)
    .option("--runs <n>", "timed runs", wholeNumber, 5)
    .action(attention);
}

async function attention(options: CommonOptions & { length: number; runs: number }): Promise<void> {
  const { length, runs } = options;
  const backend = await bringUp(options);
  const torch = await torchOf(options, "attention", { length, runs: 1 });
  const ours = oursOf(backend.name, () => attentionOnce(length), 1);
  const contest = await takeTurns([ours, ...torch.contestants], runs);
  torch.stop();
  const report = {
    ...circumstances(backend, contest.loadAverage),
    ...{ length, ...machineMemory(), standings: contest.standings },
  };
  console.log(
    formatRows([
      ["length", whole(length)],
      ...contestRows(contest),
      ["peak memory", `${megabytes(report.peakRssBytes)} in all`],
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}
