import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config/config";
import { resolveConfig } from "../config/resolve";
import { messageOf, UserError } from "../user-error";

/** One training of an ablation. */
export interface Cell {
  /** What sets it apart, such as `rope` or `rope, 4 heads`. */
  readonly label: string;
  readonly seed: number;
  readonly folder: string;
  readonly config: Config;
  /** Lengths that it is measured at. */
  readonly lengths: readonly number[];
}

/** Files of a cell, beside those of its run. */
export const cellFiles = { cell: "cell.json", result: "result.json" } as const;

const measured = z.strictObject({
  length: z.int(),
  /** Null where the model's positions end before. */
  loss: z.number().nullable(),
  accuracy: z.number().optional(),
  exactMatch: z.number().optional(),
});

const resultSchema = z.strictObject({
  version: z.literal(1),
  measured: z.array(measured),
  parameters: z.int(),
  /** Median of a training step. */
  stepMilliseconds: z.number(),
  /** Bytes of tensors at the peak of a training step. */
  peakBytes: z.number(),
  backend: z.string(),
});

/** What a finished cell tells. */
export type CellResult = z.infer<typeof resultSchema>;

const cellSchema = z.strictObject({
  config: z.record(z.string(), z.unknown()),
  lengths: z.array(z.int()),
});

/** What a cell's process reads, and what tells whether a folder is that of the same cell. */
export const cellText = ({ config, lengths }: Pick<Cell, "config" | "lengths">): string =>
  `${JSON.stringify({ config, lengths }, null, 2)}\n`;

/** @throws UserError if the file is not there or none of a cell. */
export async function readCell(folder: string): Promise<Pick<Cell, "config" | "lengths">> {
  const path = join(folder, cellFiles.cell);
  const { config, lengths } = await readJson(path, cellSchema);
  return { config: resolveConfig({ values: config, nameOf: (key) => `${path}: ${key}` }), lengths };
}

/** The result of a cell, null if it is not finished. */
export async function readResult(folder: string): Promise<CellResult | null> {
  const path = join(folder, cellFiles.result);
  const there = await readFile(path).then(
    () => true,
    () => false,
  );
  return there ? readJson(path, resultSchema) : null;
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new UserError(
      `${path}: expected a file of an ablation, got another (${messageOf(error)})`,
    );
  }
}
