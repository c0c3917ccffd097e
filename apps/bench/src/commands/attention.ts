import type { Command } from "commander";
import { attentionOnce } from "../attention";
import { joinedContention } from "../contention";
import { attentionFlops } from "../flops";
import { peersOf } from "../peers/names";
import {
  circumstanceRows,
  circumstances,
  contestRows,
  formatRows,
  megabytes,
  whole,
  writeJson,
} from "../report";
import {
  bringUp,
  compare,
  machineMemory,
  type PeerOptions,
  peerCommand,
  wholeNumber,
  wholeNumbers,
} from "./common";

const [HEADS, HEAD_DIM] = [4, 32];

export function addAttention(program: Command): void {
  peerCommand(program, "attention", "time causal attention, 4 heads of 32, forward and backward")
    .option("--lengths <n,…>", "queries and keys, one contest each", wholeNumbers, [1024])
    .option("--length <n>", "the same for one length", wholeNumber)
    .option("--runs <n>", "timed runs", wholeNumber, 5)
    .action(attention);
}

interface AttentionOptions extends PeerOptions {
  lengths: number[];
  length?: number;
  runs: number;
}

async function attention(options: AttentionOptions): Promise<void> {
  peersOf(options.vs);
  const backend = await bringUp(options);
  const byLength = [];
  for (const length of options.length === undefined ? options.lengths : [options.length]) {
    const contest = await compare(options, backend, {
      work: { kind: "attention", length },
      once: () => attentionOnce(length),
      ...{ runs: 1, turns: options.runs },
    });
    const flops = attentionFlops(HEADS, length, HEAD_DIM);
    const standings = contest.standings.map((standing) => ({
      ...standing,
      gflops: flops / standing.median / 1e6,
    }));
    byLength.push({ ...contest, length, flops, ...machineMemory(), standings });
  }
  const contention = joinedContention(byLength.map(({ contention }) => contention));
  const report = { ...circumstances("attention", backend, contention), byLength };
  console.log(
    formatRows([
      ...byLength.flatMap((contest) => [
        ["length", whole(contest.length)] as const,
        ...contestRows(contest),
        ["peak memory", `${megabytes(contest.peakRssBytes)} in all so far`] as const,
      ]),
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}
