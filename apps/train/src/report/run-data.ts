import { basename, join, resolve } from "node:path";
import type { Config } from "../config/config";
import { readJournal } from "../runs/journal";
import type { EvaluationMetric, Metric, SampleLine, StepMetric } from "../runs/metric";
import { files, type LoadedRun } from "../runs/run-folder";
import { messageOf, UserError } from "../user-error";

/** What a saved run tells of its training. */
export interface RunData {
  readonly name: string;
  readonly config: Config;
  readonly steps: readonly StepMetric[];
  readonly evaluations: readonly EvaluationMetric[];
  readonly samples: readonly SampleLine[];
  readonly backend: string;
}

/**
 * Reads the journals of a saved run.
 *
 * @throws UserError if one is not there or not whole.
 */
export async function runDataOf({ folder, state }: LoadedRun): Promise<RunData> {
  const { lines, config, backend } = state;
  const journal = <Line>(name: string, count: number) =>
    readJournal<Line>(join(folder, name), count).catch((error: unknown) => {
      throw new UserError(messageOf(error));
    });
  const metrics = await journal<Metric>(files.metrics, lines.metrics);
  return {
    name: basename(resolve(folder)),
    config,
    steps: metrics.filter((metric) => "loss" in metric),
    evaluations: metrics.filter((metric) => "validationLoss" in metric),
    samples: await journal<SampleLine>(files.samples, lines.samples),
    backend: `${backend.name} (${backend.device})`,
  };
}

/** Settings that differ from the defaults, or from each other where several runs are told apart. */
export function differing(configs: readonly Config[], defaults: Config): (keyof Config)[] {
  const ofInterest = (Object.keys(defaults) as (keyof Config)[]).filter(
    (key) => !["text", "pairs", "prompt", "backend"].includes(key),
  );
  const text = (value: unknown) => JSON.stringify(value);
  return ofInterest.filter((key) => {
    if (configs.length > 1) return new Set(configs.map((config) => text(config[key]))).size > 1;
    return text(configs[0]![key]) !== text(defaults[key]);
  });
}
