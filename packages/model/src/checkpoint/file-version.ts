import type { TensorFile } from "@tx/core";

/**
 * What one version of the file calls a tensor, as the next version calls it. What configs say has
 * versions of its own: see `ConfigForm`.
 */
export type FileMigration = (name: string) => string;

/**
 * The first step lifts version 1 of the file to version 2, and so on. None is ever taken away. See
 * CONTRIBUTING.md before you add one.
 */
const migrations: readonly FileMigration[] = [];

/** The version of the files that are written. */
export const fileVersion = (steps = migrations): string => String(steps.length + 1);

/**
 * The names that tensors of a file have today.
 *
 * @param version What the file's metadata say. None is 1: the first files said nothing.
 * @throws Error `expected …, got …` for a version that is not known.
 */
export function nameToday(version = "1", steps = migrations): FileMigration {
  const known = Number(fileVersion(steps));
  const number = /^[1-9]\d{0,5}$/.test(version) ? Number(version) : Number.NaN;
  if (number > known) {
    throw new Error(
      `expected a file of version ${known} or before, got ${number}: a newer @tx/model wrote it`,
    );
  }
  if (Number.isNaN(number)) {
    throw new Error(`expected a version of the file, got ${JSON.stringify(version.slice(0, 20))}`);
  }
  return (name) => steps.slice(number - 1).reduce((old, step) => step(old), name);
}

/** The file with its tensors under other names. */
export function renamed(file: TensorFile, nameOf: FileMigration): TensorFile {
  const names = new Map([...file.tensors.keys()].map((name) => [nameOf(name), name]));
  return {
    name: file.name,
    metadata: file.metadata,
    tensors: new Map([...names].map(([name, own]) => [name, file.tensors.get(own)!])),
    read: (name) => file.read(names.get(name) ?? name),
    close: () => file.close(),
  };
}
