import { writeFileSync } from "node:fs";
import type { BenchConfig } from "./configs";
import type { StepMeasurement } from "./step";
import { UserError } from "./user-error";

export interface StepReport extends StepMeasurement {
  backend: string;
  device: string;
  configName: string;
  config: BenchConfig;
  node: string;
  date: string;
}

/** A report as lines for people. */
export function formatStep(report: StepReport): string {
  const { medianMs, minMs, maxMs, loadAverage, config } = report;
  const whole = (n: number) => Math.round(n).toLocaleString("en");
  const rows = [
    ["config", `${report.configName} ${JSON.stringify(config)}`],
    ["backend", `${report.backend} (${report.device}), Node ${report.node}`],
    ["parameters", whole(report.parameters)],
    [
      "step",
      `${medianMs.toFixed(1)} ms median of ${report.steps} (${minMs.toFixed(1)} to ${maxMs.toFixed(1)})`,
    ],
    ["speed", `${whole(report.tokensPerSecond)} tokens/s`],
    ["kernel calls", whole(report.kernelCalls)],
    ["peak memory", `${(report.peakBytes / 1e6).toFixed(1)} MB in tensors`],
    [
      "machine load",
      `${loadAverage.before.toFixed(2)} before, ${loadAverage.after.toFixed(2)} after`,
    ],
  ];
  return rows.map(([name = "", value]) => `${name.padEnd(13)} ${value}`).join("\n");
}

/** @throws UserError if the file cannot be written. */
export function writeJson(file: string, report: StepReport): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw new UserError(
      `--json: expected a file that can be written, got ${(error as Error).message}`,
    );
  }
}
