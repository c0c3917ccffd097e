import {
  decodeSafetensors,
  type HostTensor,
  parseStrictJson,
  type SafetensorsFile,
} from "@tx/core";
import type { SavedRun } from "./run";
import { checksumOf, KIND, migrations, PARTS, type RunMigration, versionOf } from "./run-format";

/**
 * Reads what {@link encodeRun} wrote. Nothing is loaded yet: the config may tell how to make the
 * model that {@link restoreRun} is to load.
 *
 * @param name What errors call the file.
 * @throws Error `name: expected …, got …` if the file is cut off, changed in any bit, or of
 *   another kind, or of a version that is not known.
 */
export function decodeRun(bytes: Uint8Array, name = "run"): SavedRun {
  return decodeRunOf(bytes, name, migrations);
}

/** As {@link decodeRun}, with steps of one's own. */
export function decodeRunOf(
  bytes: Uint8Array,
  name: string,
  lifts: readonly RunMigration[],
): SavedRun {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const due = lifts.slice(versionIn({ tensors, metadata }, name, lifts) - 1);
  const text = due.reduce((old, { text }) => text(old), jsonOf(metadata.run!, name));
  const { steps, random, cursor, config } = checkedText(text, name);
  const parts = { model: new Map(), optimizer: new Map(), tensors: new Map() } as Record<
    (typeof PARTS)[number],
    Map<string, HostTensor>
  >;
  for (const [own, tensor] of tensors) {
    const path = due.reduce((old, { name }) => name(old), own);
    const part = PARTS.find((part) => path.startsWith(`${part}.`));
    if (!part) {
      throw new Error(`${name}: expected tensors of ${PARTS.join(", ")}, got ${path}`);
    }
    parts[part].set(path.slice(part.length + 1), tensor);
  }
  return { name, steps, random, cursor, config, ...parts };
}

type Text = Pick<SavedRun, "steps" | "random" | "cursor" | "config">;

/** The version that a file says it is of, once it is known to be whole. */
function versionIn(file: SafetensorsFile, name: string, lifts: readonly RunMigration[]): number {
  const { kind, version, run, checksum } = file.metadata;
  const newest = Number(versionOf(lifts));
  const number = /^[1-9]\d{0,5}$/.test(version ?? "") ? Number(version) : Number.NaN;
  if (kind !== KIND || !(number <= newest) || run === undefined) {
    const known = newest === 1 ? "version 1" : `version 1 to ${newest}`;
    throw new Error(
      `${name}: expected a file of kind "${KIND}", ${known}, got "${kind}", ${version}`,
    );
  }
  const wanted = checksumOf(file);
  if (checksum !== wanted) {
    throw new Error(`${name}: expected the checksum ${wanted}, got ${checksum}`);
  }
  return number;
}

/** Deeper than anything that is not made to exhaust a parser. */
const MOST_LEVELS = 5000;

function jsonOf(run: string, name: string): Record<string, unknown> {
  try {
    // Names may be any: a tokenizer's tokens are among them.
    const text = parseStrictJson(run, "a run", MOST_LEVELS, { anyName: true });
    return typeof text === "object" && text !== null ? (text as Record<string, unknown>) : {};
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
}

function checkedText(text: Record<string, unknown>, name: string): Text {
  const { steps, random, cursor, config } = text as Partial<Text>;
  if (!(Number.isSafeInteger(steps) && steps! >= 0)) {
    throw new Error(`${name}: expected a number of steps, got ${JSON.stringify(steps)}`);
  }
  if (!isPlaces(random)) {
    throw new Error(
      `${name}: expected places of random streams, got ${JSON.stringify(random) ?? "none"}`,
    );
  }
  return { steps: steps!, random, cursor, config };
}

const isPlaces = (value: unknown): value is Record<string, number> =>
  typeof value === "object" && value !== null && Object.values(value).every(Number.isSafeInteger);
