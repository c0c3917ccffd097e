import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The file in a run's folder with a line of JSON for every step and every evaluation. */
export const metricsFile = "metrics.jsonl";

/** A line of the metrics. Losses are in nats per character. */
export type Metric =
  | {
      readonly step: number;
      readonly loss: number;
      readonly gradientNorm: number;
      readonly rate: number;
    }
  | {
      readonly step: number;
      readonly validationLoss: number;
      readonly characters: number;
      readonly bigramLoss?: number;
    };

/**
 * Adds lines at a place in the file. What lies behind it is dropped: steps that ran after the last save
 * and will run again.
 *
 * @param bytes the place: how much of the file counts
 * @returns the place behind the new lines
 * @throws Error of the file system; the lines before the place are untouched then.
 */
export async function appendMetrics(
  folder: string,
  bytes: number,
  metrics: readonly Metric[],
): Promise<number> {
  const lines = Buffer.from(metrics.map((metric) => `${JSON.stringify(metric)}\n`).join(""));
  const file = await open(join(folder, metricsFile), bytes === 0 ? "w" : "r+");
  try {
    await file.truncate(bytes);
    await file.write(lines, 0, lines.length, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes + lines.length;
}

/** Takes the lines that count over into another folder. */
export async function copyMetrics(from: string, to: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  const content = await readFile(join(from, metricsFile));
  await writeFile(join(to, metricsFile), content.subarray(0, bytes));
}
