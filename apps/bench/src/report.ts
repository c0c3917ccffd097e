import { writeFileSync } from "node:fs";
import { version } from "node:process";
import type { Contest } from "./turns";
import { UserError } from "./user-error";

/** What every report says of where and when it was made. */
export interface Circumstances {
  backend: string;
  device: string;
  node: string;
  date: string;
  loadAverage: Contest["loadAverage"];
}

export function circumstances(
  { name, device }: { name: string; device: string },
  loadAverage: Contest["loadAverage"],
): Circumstances {
  const date = new Date().toISOString();
  return { backend: name, device, node: version, date, loadAverage };
}

/** Rows of a name and a value, for people. */
export function formatRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

export function contestRows({ standings }: Contest): [string, string][] {
  const [first] = standings;
  return standings.map(({ name, median, min, max, times }, n) => {
    const ratio =
      n === 0 || !first ? "" : `, ${(median / first.median).toFixed(2)} times ${first.name}`;
    const range = `${min.toFixed(1)} to ${max.toFixed(1)}`;
    return [name, `${median.toFixed(1)} ms median of ${times.length} (${range})${ratio}`];
  });
}

export function circumstanceRows(report: Circumstances): [string, string][] {
  const { before, after } = report.loadAverage;
  return [
    ["backend", `${report.backend} (${report.device}), Node ${report.node}`],
    ["machine load", `${before.toFixed(2)} before, ${after.toFixed(2)} after`],
  ];
}

export const whole = (n: number) => Math.round(n).toLocaleString("en");
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** @throws UserError if the file cannot be written. */
export function writeJson(file: string, report: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw new UserError(
      `--json: expected a file that can be written, got ${(error as Error).message}`,
    );
  }
}
