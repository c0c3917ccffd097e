import type { Command } from "commander";
import { measureCeiling } from "../ceiling";
import { configOf, configs } from "../configs";
import { stepFlops } from "../flops";
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
import { startSteps } from "../step";
import {
  bringUp,
  compare,
  machineMemory,
  ownStanding,
  type PeerOptions,
  peerCommand,
  wholeNumber,
} from "./common";

export function addStep(program: Command): void {
  peerCommand(
    program,
    "step",
    "time one training step of a GPT: forward, backward, clipping and AdamW",
  )
    .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
    .option("--steps <n>", "timed steps", wholeNumber, 20)
    .option("--vs-apply", 'also run steps that never skip an update ("apply"), in turn')
    .action(step);
}

/** Turns that the timed work is cut into. */
const TURNS = 4;

type StepOptions = PeerOptions & { config: string; steps: number; vsApply?: boolean };

async function step(options: StepOptions): Promise<void> {
  const config = configOf(options.config);
  // A mistake in the list is to be known before anything is measured.
  peersOf(options.vs);
  const backend = await bringUp(options);
  const work = startSteps(config);
  const apply = options.vsApply && startSteps(config, "apply");
  const applyName = `${backend.name}, "apply"`;
  const contest = await compare(options, backend, {
    work: { kind: "step", config },
    once: work.once,
    variants: apply ? [{ name: applyName, once: apply.once }] : [],
    runs: Math.ceil(options.steps / TURNS),
    turns: TURNS,
  });
  const ours = ownStanding(contest, backend.name);
  const counts = await work.count();
  const applied = apply && {
    ...(await apply.count()),
    medianMs: contest.standings.find(({ name }) => name === applyName)?.median,
  };
  const memory = machineMemory();
  const flops = stepFlops(config, work.parameters);
  work.dispose();
  if (apply) apply.dispose();
  const ceiling = await measureCeiling();
  const tokens = config.batch * config.length;
  const standings = contest.standings.map((standing) => ({
    ...standing,
    tokensPerSecond: (tokens * 1000) / standing.median,
    gflops: flops / standing.median / 1e6,
  }));
  const report = {
    ...circumstances("step", backend, contest.contention),
    ...{ configName: options.config, config, parameters: work.parameters },
    ...{ medianMs: ours.median, minMs: ours.min, maxMs: ours.max, steps: ours.times.length },
    tokensPerSecond: (tokens * 1000) / ours.median,
    ...{ flops, gflops: flops / ours.median / 1e6, ceiling },
    ...counts,
    ...memory,
    ...(applied ? { apply: applied } : {}),
    ...{ standings, failures: contest.failures },
  };
  const { kernelCalls, peakBytes, deviceCounts: device } = counts;
  const share = (100 * report.gflops) / ceiling.gflops;
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      ["parameters", whole(work.parameters)],
      ...contestRows(contest),
      ["speed", `${whole(report.tokensPerSecond)} tokens/s`],
      [
        "GFLOP/s",
        `${report.gflops.toFixed(1)}, ${share.toFixed(0)} % of ${ceiling.gflops.toFixed(1)} that a product of ${ceiling.size}x${ceiling.size} reaches`,
      ],
      ["kernel calls", whole(kernelCalls)],
      ...(applied
        ? [['of "apply"', `${whole(applied.kernelCalls)} kernel calls`] as [string, string]]
        : []),
      ...(device
        ? [
            [
              "device",
              `${whole(device.dispatches)} dispatches, ${device.submits} submits, ${device.buffersCreated} buffers and ${device.pipelinesCreated} pipelines created`,
            ] as [string, string],
          ]
        : []),
      [
        "peak memory",
        `${megabytes(peakBytes)} in tensors, ${megabytes(memory.peakRssBytes)} in all`,
      ],
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}
