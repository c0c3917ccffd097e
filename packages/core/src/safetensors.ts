/** One tensor's numbers on the host. */
export type HostTensor =
  | { readonly dtype: "F32"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "I32"; readonly shape: readonly number[]; readonly data: Int32Array };

export interface SafetensorsFile {
  readonly tensors: Map<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const BYTES = 4;
const METADATA = "__metadata__";

/**
 * Tensors in the safetensors layout: eight bytes with the header's length, a JSON header, then
 * the numbers, little-endian.
 *
 * @throws RangeError if a tensor's numbers do not fill its shape, or its name is the metadata's.
 * @see https://github.com/huggingface/safetensors, "Format"
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // Without a prototype, so that a tensor called "__proto__" is one like any other.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === METADATA) {
      throw new RangeError(`${name}: expected another name for a tensor, got the metadata's`);
    }
    if (sizeOf(shape) !== data.length) {
      throw new RangeError(
        `${name}: expected ${sizeOf(shape)} numbers for [${shape.join(", ")}], got ${data.length}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [end, end + data.length * BYTES] };
    end += data.length * BYTES;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces, so that the numbers start at a multiple of eight.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(text, 8);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  let at = 8 + headerLength;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Reads what {@link encodeSafetensors} and other writers of the format make, in F32 and I32.
 *
 * @param name What errors call the file.
 * @throws Error `name: expected …, got …` on anything that is cut off, overlaps or makes no sense.
 */
export function decodeSafetensors(bytes: Uint8Array, name = "safetensors"): SafetensorsFile {
  const { header, start } = headerOf(bytes, name);
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isTexts(metadata)) {
    throw new Error(
      `${name}: expected metadata of names and texts, got ${JSON.stringify(metadata)}`,
    );
  }
  const body = bytes.subarray(start);
  const tensors = new Map<string, HostTensor>();
  const ranges: [from: number, to: number, path: string][] = [];
  for (const [path, entry] of Object.entries(entries)) {
    const { shape, dtype, data_offsets } = checkEntry(entry, `${name}: ${path}`);
    const [from, to] = data_offsets;
    if (to > body.length || to - from !== sizeOf(shape) * BYTES || from < 0) {
      throw new Error(
        `${name}: expected ${sizeOf(shape) * BYTES} bytes for ${path}, got ${Math.max(0, Math.min(to, body.length) - from)}`,
      );
    }
    // Copied out, as the file's numbers need not be aligned in memory; and not by slice, which
    // copies nothing where bytes is a Buffer of Node.
    const own = new Uint8Array(body.subarray(from, to)).buffer;
    tensors.set(
      path,
      dtype === "F32"
        ? { dtype, shape, data: new Float32Array(own) }
        : { dtype: "I32", shape, data: new Int32Array(own) },
    );
    ranges.push([from, to, path]);
  }
  checkRanges(ranges, body.length, name);
  return { tensors, metadata };
}

/** The format's own rule: the tensors fill the file without gap or overlap. */
function checkRanges(ranges: [number, number, string][], length: number, name: string): void {
  let end = 0;
  for (const [from, to, path] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end) throw new Error(`${name}: expected ${path} to start at ${end}, got ${from}`);
    end = to;
  }
  if (end !== length) {
    throw new Error(`${name}: expected ${end} bytes of numbers, got ${length}`);
  }
}

function headerOf(
  bytes: Uint8Array,
  name: string,
): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) {
    throw new Error(`${name}: expected at least 8 bytes, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) {
    throw new Error(`${name}: expected a header of ${length} bytes, got ${bytes.length - 8}`);
  }
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: expected a header in JSON, got other text`, { cause });
  }
  if (!isRecord(header))
    throw new Error(`${name}: expected a header of names, got ${typeof header}`);
  return { header, start: 8 + length };
}

function checkEntry(entry: unknown, name: string): Entry {
  const { dtype, shape, data_offsets } = (isRecord(entry) ? entry : {}) as Partial<Entry>;
  if (dtype !== "F32" && dtype !== "I32") {
    throw new Error(`${name}: expected dtype F32 or I32, got ${JSON.stringify(dtype)}`);
  }
  if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2) {
    throw new Error(`${name}: expected a shape and two offsets, got ${JSON.stringify(entry)}`);
  }
  return { dtype, shape, data_offsets };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTexts = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((text) => typeof text === "string");

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

const sizeOf = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1);
