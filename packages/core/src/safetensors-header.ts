import {
  bitsOf,
  isSafetensorsType,
  type SafetensorsType,
  type WritableType,
} from "./safetensors-numbers";
import { brief, parseStrictJson, shortened } from "./strict-json";

/** The format's own limit, in bytes. */
const MAX_HEADER = 100_000_000;
const METADATA = "__metadata__";
/** Of the number that the file begins with. */
export const PREFIX = 8;

/** What a file says of a tensor. */
export interface TensorInfo {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
}

/** And where it is. */
export interface PlacedTensor extends TensorInfo {
  /** First byte, counted from the file's start. */
  readonly offset: number;
  /** Number of bytes. */
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly metadata: Record<string, string>;
  /** In the order of their numbers in the file. */
  readonly tensors: Map<string, PlacedTensor>;
}

/**
 * The length of the header, from the file's first eight bytes.
 *
 * @param size Of the whole file, in bytes.
 * @throws Error `name: expected …, got …` if the file cannot hold it, or it is past the format's
 *   limit of 100 MB.
 */
export function headerLength(prefix: Uint8Array, size: number, name: string): number {
  if (size < PREFIX) throw new Error(`${name}: expected at least ${PREFIX} bytes, got ${size}`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > size - PREFIX) {
    throw new Error(`${name}: expected a header of ${length} bytes, got ${size - PREFIX}`);
  }
  if (length > MAX_HEADER) {
    throw new Error(`${name}: expected a header of at most ${MAX_HEADER} bytes, got ${length}`);
  }
  return length;
}

/**
 * Reads a header, and makes sure that its tensors fill the rest of the file, none of them outside,
 * without gap or overlap.
 *
 * @param bytes The header alone.
 * @param size Of the whole file, in bytes.
 * @throws Error `name: expected …, got …` on anything that makes no sense.
 */
export function parseHeader(bytes: Uint8Array, size: number, name: string): SafetensorsHeader {
  try {
    const { [METADATA]: metadata = {}, ...entries } = namesIn(bytes);
    if (!isTexts(metadata)) {
      throw new Error(`expected metadata of names and texts, got ${brief(metadata)}`);
    }
    const start = PREFIX + bytes.length;
    const tensors = Object.entries(entries).map(
      ([path, entry]) => [path, placed(entry, shortened(path), start, size)] as const,
    );
    // Those without numbers come before the one that starts at the same place.
    tensors.sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
    checkFilled(tensors, start, size);
    return { metadata, tensors: new Map(tensors) };
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
}

/** A header of at most three levels: names, what stands there, and its shape. */
function namesIn(bytes: Uint8Array): Record<string, unknown> {
  const header = parseStrictJson(textOf(bytes), "a header", 3, { anyName: true });
  if (!isRecord(header)) throw new Error(`expected a header of names, got ${typeof header}`);
  if (bytes[0] !== "{".charCodeAt(0)) {
    throw new Error(
      `expected a header that begins with {, got ${brief(String.fromCharCode(bytes[0]!))}`,
    );
  }
  return header;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Error("expected a header in UTF-8, got other bytes", { cause });
  }
}

function placed(entry: unknown, path: string, start: number, size: number): PlacedTensor {
  const { dtype, shape, data_offsets } = (isRecord(entry) ? entry : {}) as Record<string, unknown>;
  if (!isSafetensorsType(dtype)) {
    throw new Error(`${path}: expected a dtype of the format, got ${brief(dtype)}`);
  }
  if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2) {
    throw new Error(`${path}: expected a shape and two offsets, got ${brief(entry)}`);
  }
  const bytes = bytesOf(dtype, shape, path);
  const [from, to] = data_offsets as [number, number];
  const held = size - start;
  if (to > held || to - from !== bytes) {
    const got = Math.max(0, Math.min(to, held) - from);
    throw new Error(`expected ${bytes} bytes for ${path}, got ${got}`);
  }
  return { dtype, shape, offset: start + from, bytes };
}

function bytesOf(dtype: SafetensorsType, shape: readonly number[], path: string): number {
  let bits = bitsOf(dtype);
  for (const n of shape) {
    bits *= n;
    // Before a zero that follows could hide it.
    if (!Number.isSafeInteger(bits)) {
      throw new Error(`${path}: expected a shape that can be counted, got ${brief(shape)}`);
    }
  }
  if (bits % 8 !== 0) {
    throw new Error(`${path}: expected numbers that fill whole bytes, got ${bits} bits`);
  }
  return bits / 8;
}

function checkFilled(
  tensors: readonly (readonly [string, PlacedTensor])[],
  start: number,
  size: number,
): void {
  let end = start;
  for (const [path, { offset, bytes }] of tensors) {
    if (offset !== end) {
      throw new Error(
        `expected ${shortened(path)} to start at ${end - start}, got ${offset - start}`,
      );
    }
    end += bytes;
  }
  if (end !== size) {
    throw new Error(`expected ${end - start} bytes of numbers, got ${size - start}`);
  }
}

/** What is to be known of a tensor before a file is written. */
export interface TensorToPlace {
  readonly name: string;
  readonly dtype: WritableType;
  readonly shape: readonly number[];
}

/**
 * The first bytes of a file, and the order in which the numbers follow: the types of more bits
 * first, as other programs read numbers where they lie.
 *
 * @throws RangeError if a tensor's name is the metadata's or comes twice, or the header is past the
 *   format's limit of 100 MB.
 */
export function headOf<T extends TensorToPlace>(
  tensors: Iterable<T>,
  metadata: Readonly<Record<string, string>>,
): { head: Uint8Array; ordered: T[]; size: number } {
  const ordered = [...tensors].sort((a, b) => bitsOf(b.dtype) - bitsOf(a.dtype));
  // Without a prototype, so that a tensor called "__proto__" is one like any other.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  let end = 0;
  for (const { name, dtype, shape } of ordered) {
    if (name === METADATA) {
      throw new RangeError(`${name}: expected another name for a tensor, got the metadata's`);
    }
    if (name in header) throw new RangeError(`${name}: expected each name once, got it twice`);
    const from = end;
    end += bytesOf(dtype, shape, name);
    header[name] = { dtype, shape, data_offsets: [from, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces, so that the numbers start at a multiple of eight.
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER) {
    throw new RangeError(`header: expected at most ${MAX_HEADER} bytes, got ${length}`);
  }
  const head = new Uint8Array(PREFIX + length).fill(0x20, PREFIX);
  head.set(text, PREFIX);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  return { head, ordered, size: head.length + end };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((text) => typeof text === "string");

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((n) => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0));
