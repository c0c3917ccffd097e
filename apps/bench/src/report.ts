import { writeFileSync } from "node:fs";
import { arch, cpus, release, totalmem, type } from "node:os";
import { version } from "node:process";
import type { Contention } from "./contention";
import type { Contest } from "./turns";
import { UserError } from "./user-error";

/** The machine in a few words, so that figures can name it. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
}

/** What every report says of what made it, where and when. */
export interface Circumstances {
  readonly command: string;
  readonly backend: string;
  readonly device: string;
  readonly node: string;
  readonly date: string;
  readonly machine: Machine;
  readonly loadAverage: Contention["loadAverage"];
  readonly contention: Contention;
}

export function circumstances(
  command: string,
  { name, device }: { name: string; device: string },
  contention: Contention,
): Circumstances {
  const { loadAverage } = contention;
  const date = new Date().toISOString();
  const where = { backend: name, device, node: version, date, machine: thisMachine() };
  return { command, ...where, loadAverage, contention };
}

export function thisMachine(): Machine {
  const all = cpus();
  return {
    processor: all[0]?.model.trim() ?? arch(),
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
  };
}

/** Rows of a name and a value, for people. */
export function formatRows(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

/** A row for each contestant, against the first of them; then those that failed. */
export function contestRows({ standings, failures }: Pick<Contest, "standings" | "failures">) {
  const [first] = standings;
  const rows = standings.map(({ name, median, min, max, times }, n): [string, string] => {
    const ratio =
      n === 0 || !first ? "" : `, ${(median / first.median).toFixed(2)} times ${first.name}`;
    const range = `${digits(min)} to ${digits(max)}`;
    return [name, `${digits(median)} ms median of ${times.length} (${range})${ratio}`];
  });
  return [
    ...rows,
    ...standings.flatMap(peerRow),
    ...failures.map(({ name, error }): [string, string] => [name, `cannot: ${error}`]),
  ];
}

/** What a peer is, and its memory; nothing for ourselves, of whom all is told elsewhere. */
function peerRow(standing: Contest["standings"][number]): [string, string][] {
  const { name, version, device, peakRssBytes, peakDeviceBytes } = standing;
  if (version === undefined) return [];
  const memory = [
    peakRssBytes === undefined ? "" : `${megabytes(peakRssBytes)} at most`,
    peakDeviceBytes === undefined ? "" : `${megabytes(peakDeviceBytes)} on its device`,
  ];
  return [[`${name} is`, [version, device, ...memory].filter(Boolean).join(", ")]];
}

export function circumstanceRows(report: Omit<Circumstances, "command">): [string, string][] {
  const { loadAverage, busyCores, loopSlowDown } = report.contention;
  const { processor, cores } = report.machine;
  const pair = ({ before, after }: { before: number; after: number }) =>
    `${before.toFixed(2)} before, ${after.toFixed(2)} after`;
  return [
    ["backend", `${report.backend} (${report.device}), Node ${report.node}`],
    ["machine", `${processor}, ${cores} cores`],
    ["machine load", pair(loadAverage)],
    ["busy beside", `${pair(busyCores)} of ${cores} cores`],
    [
      "slow-down",
      `${loopSlowDown.median.toFixed(2)} times median, ${loopSlowDown.max.toFixed(2)} at most, of one core's loop`,
    ],
  ];
}

export const whole = (n: number) => Math.round(n).toLocaleString("en");
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
/** Three digits and more of a time, so that short ones can be told apart. */
export const digits = (ms: number) => (ms < 1 ? ms.toPrecision(2) : ms.toFixed(ms < 10 ? 2 : 1));

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
