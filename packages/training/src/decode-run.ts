import { decodeSafetensors, type HostTensor, type SafetensorsFile } from "@tx/core";
import type { SavedRun } from "./run";
import { checksumOf, KIND, PARTS, VERSION } from "./run-format";

/**
 * Reads what {@link encodeRun} wrote. Nothing is loaded yet: the config may tell how to make the
 * model that {@link restoreRun} is to load.
 *
 * @param name What errors call the file.
 * @throws Error `name: expected …, got …` if the file is cut off, changed in any bit, or of
 *   another kind or version.
 */
export function decodeRun(bytes: Uint8Array, name = "run"): SavedRun {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const { steps, random, cursor, config } = checkedText({ tensors, metadata }, name);
  const parts = { model: new Map(), optimizer: new Map(), tensors: new Map() } as Record<
    (typeof PARTS)[number],
    Map<string, HostTensor>
  >;
  for (const [path, tensor] of tensors) {
    const part = PARTS.find((part) => path.startsWith(`${part}.`));
    if (!part) {
      throw new Error(`${name}: expected tensors of ${PARTS.join(", ")}, got ${path}`);
    }
    parts[part].set(path.slice(part.length + 1), tensor);
  }
  return { name, steps, random, cursor, config, ...parts };
}

type Text = Pick<SavedRun, "steps" | "random" | "cursor" | "config">;

function checkedText(file: SafetensorsFile, name: string): Text {
  const { kind, version, run, checksum } = file.metadata;
  if (kind !== KIND || version !== VERSION || run === undefined) {
    throw new Error(
      `${name}: expected a file of kind "${KIND}", version ${VERSION}, got "${kind}", ${version}`,
    );
  }
  const wanted = checksumOf(file);
  if (checksum !== wanted) {
    throw new Error(`${name}: expected the checksum ${wanted}, got ${checksum}`);
  }
  return textOf(run, name);
}

function textOf(run: string, name: string): Text {
  let text: Partial<Text> | null;
  try {
    text = JSON.parse(run);
  } catch (cause) {
    throw new Error(`${name}: expected a run in JSON, got other text`, { cause });
  }
  const { steps, random, cursor, config } = text ?? {};
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
