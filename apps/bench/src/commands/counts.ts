import type { Command } from "commander";
import { configOf, configs } from "../configs";
import { ContentionWatch } from "../contention";
import { installNullDevice, NULL_DEVICE } from "../null-device";
import { circumstanceRows, circumstances, formatRows, whole, writeJson } from "../report";
import { countSteps, type SteadyCounts } from "../step-counts";
import { UserError } from "../user-error";
import { type BackendOptions, backendCommand, bringUp, wholeNumber } from "./common";

export function addCounts(program: Command): void {
  backendCommand(
    program,
    "counts",
    "count what a training step asks of a WebGPU device, which no device's speed changes",
  )
    .option("--config <name|file>", `${Object.keys(configs).join(", ")} or a JSON file`, "small")
    .option("--steps <n>", "steady steps whose encoding is timed", wholeNumber, 20)
    .option("--compute", "on the machine's GPU; else on a device that computes nothing")
    .action(counts);
}

type CountsOptions = BackendOptions & { config: string; steps: number; compute?: boolean };

async function counts(options: CountsOptions): Promise<void> {
  const config = configOf(options.config);
  const computes = options.compute === true;
  if (!["auto", "webgpu"].includes(options.backend)) {
    throw new UserError(`--backend: expected webgpu or none for counts, got ${options.backend}`);
  }
  if (!computes) await installNullDevice();
  const found = await bringUp({ ...options, backend: "webgpu" });
  const backend = computes ? found : { ...found, device: NULL_DEVICE };
  const watch = await ContentionWatch.start();
  const counted = await countSteps(config, { timed: options.steps, timesPrograms: computes });
  const report = {
    ...circumstances("counts", backend, await watch.end()),
    ...{ configName: options.config, config, computes, counts: counted },
  };
  const { ahead, first, steady, encodedMs, onProcessorMs, takenMs, programMs } = counted;
  const words = ({ median, min, max }: typeof encodedMs) =>
    `${median.toFixed(1)} ms (${min.toFixed(1)} to ${max.toFixed(1)})`;
  console.log(
    formatRows([
      ["config", `${options.config} ${JSON.stringify(config)}`],
      [
        "compiled ahead",
        `${ahead.pipelinesCreated} pipelines in ${ahead.milliseconds.toFixed(0)} ms`,
      ],
      ["first step", `${first.pipelinesCreated} pipelines`],
      ["steady step", steadyRow(steady)],
      ["programs", [...steady.programs].map(([name, n]) => `${n} ${name}`).join(", ")],
      ["main thread", words(encodedMs)],
      ...(onProcessorMs
        ? [["on a processor", words(onProcessorMs)] satisfies [string, string]]
        : []),
      ...(computes ? [["until it is read", words(takenMs)] satisfies [string, string]] : []),
      ...(computes && programMs
        ? [["on the device", timesRow(programMs)] satisfies [string, string]]
        : []),
      ...circumstanceRows(report),
    ]),
  );
  if (options.json !== undefined) writeJson(options.json, report);
}

function steadyRow(steady: SteadyCounts): string {
  const { dispatches, submits, buffersCreated, pipelinesCreated } = steady;
  const { uploads, uploadedBytes, reads, readBytes } = steady;
  return [
    `${whole(dispatches)} dispatches, ${submits} submits`,
    `${buffersCreated} buffers and ${pipelinesCreated} pipelines created`,
    `${uploads} uploads of ${whole(uploadedBytes)} bytes, ${reads} reads of ${whole(readBytes)} bytes`,
  ].join(", ");
}

/** The programs that take the longest. */
function timesRow(times: readonly (readonly [string, number])[]): string {
  const all = times.reduce((sum, [, ms]) => sum + ms, 0);
  const longest = times.slice(0, 12).map(([name, ms]) => `${ms.toFixed(2)} ${name}`);
  return [`${all.toFixed(2)} ms`, ...longest].join(", ");
}
