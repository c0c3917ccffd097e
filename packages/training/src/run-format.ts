import type { Migration, SafetensorsFile } from "@tx/core";
import { crc32 } from "./crc32";

export const KIND = "run";

/**
 * What one version of a run's file says, its text and its tensors, as the next version says it. The
 * first lifts version 1 to version 2. None is ever taken away; see CONTRIBUTING.md.
 */
export interface RunMigration {
  readonly text: Migration;
  /** The tensors' names, with the part that they begin with. */
  readonly name: (name: string) => string;
}

export const migrations: readonly RunMigration[] = [];

export const versionOf = (steps: readonly RunMigration[]): string => String(steps.length + 1);

/** What tensors' names in the file begin with. */
export const PARTS = ["model", "optimizer", "tensors"] as const;

/** Over the metadata but itself, and over every tensor, with its name, type and shape. */
export function checksumOf({
  tensors,
  metadata: { checksum: _, ...metadata },
}: Readonly<SafetensorsFile>): string {
  const texts = Object.keys(metadata)
    .sort()
    .map((key) => [key, metadata[key]]);
  const names = [...tensors.keys()].sort();
  const layout = names.map((name) => [name, tensors.get(name)!.dtype, tensors.get(name)!.shape]);
  const numbers = names.map((name) => {
    const { buffer, byteOffset, byteLength } = tensors.get(name)!.data;
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
  const head = new TextEncoder().encode(JSON.stringify([texts, layout]));
  return crc32([head, ...numbers])
    .toString(16)
    .padStart(8, "0");
}
