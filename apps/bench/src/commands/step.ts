import type { Command } from "commander";
import { configOf, configs } from "../configs";
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

export function addStep(program: Command): void {
  commonCommand(
    program,
    "step",
    "time one training step of a GPT: forward, backward, clipping and AdamW",
  )
    .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
    .option("--steps <n>", "timed steps", wholeNumber, 20)
    .option("--vs-apply", "also run steps that never skip an update, in turn")
    .action(step);
}

type StepOptions = CommonOptions & { config: string; steps: number; vsApply?: true };

/** Turns that the timed work is cut into. */
const TURNS = 4;

async function step(options: StepOptions): Promise<void> {
  const config = configOf(options.config);
  const backend = await bringUp(options);
  const work = startSteps(config);
  const { once } = work;
  const each = Math.ceil(options.steps / TURNS);
  const torch = await torchOf(options, "step", { config: JSON.stringify(config), runs: each });
  const apply = options.vsApply && startSteps(config, "apply");
  const contestants = [oursOf(backend.name, once, each), ...torch.contestants];
  if (apply) contestants.push(oursOf(`${backend.name}, "apply"`, apply.once, each));
  const contest = await takeTurns(contestants, TURNS);
  const { kernelCalls, peakBytes } = await work.count();
  const [ours, ...others] = contest.standings;
  if (!ours) throw new Error("standings: expected ours, got none");
  const applied = apply && { ...(await apply.count()), medianMs: others.pop()!.median };
  const report = {
    ...circumstances(backend, contest.loadAverage),
    ...{ configName: options.config, config, parameters: work.parameters },
    ...{ medianMs: ours.median, minMs: ours.min, maxMs: ours.max, steps: ours.times.length },
    tokensPerSecond: (config.batch * config.length * 1000) / ours.median,
    ...{ kernelCalls, peakBytes, ...machineMemory() },
    ...torch.about(others),
    ...(applied ? { apply: applied } : {}),
  };
  work.dispose();
  apply?.dispose();
  torch.stop();
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      ["parameters", whole(work.parameters)],
      ...contestRows(contest),
      ["speed", `${whole(report.tokensPerSecond)} tokens/s`],
      ["kernel calls", whole(kernelCalls)],
      ...appliedRows(applied),
      [
        "peak memory",
        `${megabytes(peakBytes)} in tensors, ${megabytes(report.peakRssBytes)} in all`,
      ],
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}

/** What a step does that makes its update whatever the loss. */
function appliedRows(
  applied: { kernelCalls: number; peakBytes: number } | undefined,
): [string, string][] {
  if (!applied) return [];
  const { kernelCalls, peakBytes } = applied;
  return [['of "apply"', `${whole(kernelCalls)} kernel calls, ${megabytes(peakBytes)} in tensors`]];
}
