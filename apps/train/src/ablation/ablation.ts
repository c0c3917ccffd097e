import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AblateLine } from "../commands/command-line";
import { flagOf } from "../commands/settings";
import { type Config, defaults } from "../config/config";
import { resolveConfig } from "../config/resolve";
import { differing } from "../report/run-data";
import { withPaths } from "../runs/plan";
import { readConfig } from "../runs/run-folder";
import { systemReason, UserError } from "../user-error";
import { type Axis, axesOf, choicesOf } from "./axes";
import { type Cell, cellFiles, cellText } from "./cell";

/** All that an ablation does, checked. */
export interface Ablation {
  readonly axis: string;
  readonly lengths: readonly number[];
  readonly cells: readonly Cell[];
  /** Choices that do not suit the other settings, each with the reason. */
  readonly leftOut: readonly string[];
  /** What all cells share and is not the default, in words. */
  readonly shared: string;
}

/**
 * The cells of an ablation.
 *
 * @throws UserError for whatever makes no sense in any of them.
 */
export async function ablationOf(line: AblateLine): Promise<Ablation> {
  const { shared, axes } = axesOf(line.typed);
  const file = line.config === undefined ? null : await readConfig(line.config);
  const sources = [
    ...(file && line.config !== undefined ? [withPaths(file, dirname(line.config))] : []),
    withPaths({ values: shared, nameOf: flagOf }, "."),
  ];
  const { choices, leftOut } = fittingOf(axes, (choice) =>
    resolveConfig(...sources, { values: choice, nameOf: flagOf }),
  );
  const base = choices[0]!.config;
  const lengths = lengthsOf(line, base);
  const configOf = (choice: Choice, seed: number) =>
    resolveConfig(
      ...sources,
      { values: choice, nameOf: flagOf },
      { values: { seed, length: lengths[0], sample: 0 }, nameOf: flagOf },
    );
  const cells = choices.flatMap(({ choice }) =>
    Array.from({ length: line.seeds }, (_, n): Cell => {
      const seed = base.seed + n;
      const name = `${Object.entries(choice)
        .map(([key, value]) => `${key}=${value}`)
        .join(",")}-seed${seed}`;
      const folder = join(line.out, "cells", name);
      return { label: labelOf(choice), seed, folder, config: configOf(choice, seed), lengths };
    }),
  );
  const keys = axes.map(({ key }) => key);
  return { axis: keys.join(", "), lengths, cells, leftOut, shared: inWords(cells, keys) };
}

type Choice = Record<string, unknown>;

const labelOf = (choice: Choice) => Object.values(choice).map(String).join(", ");

/**
 * The choices with their settings. Of "all" parts, those that do not suit the other settings are left
 * out, each with the reason.
 *
 * @throws UserError if a value that was named does not suit, or none is left.
 */
function fittingOf(axes: readonly Axis[], resolve: (choice: Choice) => Config) {
  const choices: { choice: Choice; config: Config }[] = [];
  const leftOut: string[] = [];
  let problem: UserError | undefined;
  for (const choice of choicesOf(axes)) {
    try {
      choices.push({ choice, config: resolve(choice) });
    } catch (error) {
      if (!(error instanceof UserError) || !axes.some(({ all }) => all)) throw error;
      problem ??= error;
      leftOut.push(`${labelOf(choice)}: ${error.message.replaceAll("\n", "; ")}`);
    }
  }
  if (choices.length === 0) throw problem;
  return { choices, leftOut };
}

function lengthsOf({ lengths }: AblateLine, { task, length }: Config): readonly number[] {
  if (task === "translate") {
    if (lengths.length === 0) return [length];
    throw new UserError("--lengths: expected none with translate, whose sentences have their own");
  }
  return lengths.length > 0 ? lengths : [length, 2 * length, 4 * length];
}

function inWords(cells: readonly Cell[], axes: readonly string[]): string {
  const { config } = cells[0]!;
  const keys = differing([config], defaults).filter(
    (key) => !axes.includes(key) && !["seed", "length", "sample"].includes(key),
  );
  const words = keys.map((key) => `${flagOf(key).slice(2)} ${valueText(config[key])}`);
  return [
    `task ${config.task}`,
    `${config.steps} steps`,
    ...words.filter((word) => !/^(task|steps) /.test(word)),
  ].join(", ");
}

function valueText(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Makes the folders of the cells, or finds those of the same ablation.
 *
 * @throws UserError if a folder is of a cell with other settings, or cannot be written.
 */
export async function layOut(cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    const path = join(cell.folder, cellFiles.cell);
    const before = await readFile(path, "utf8").catch(() => null);
    if (before === cellText(cell)) continue;
    if (before !== null) {
      throw new UserError(
        `out: expected cells of the same settings, or none, got others in ${cell.folder}: choose another --out`,
      );
    }
    try {
      await mkdir(cell.folder, { recursive: true });
      await writeFile(path, cellText(cell));
    } catch (error) {
      throw new UserError(
        `out: expected a folder that can be written, got ${cell.folder} (${systemReason(error)})`,
      );
    }
  }
}
