import type { HostTensor } from "./host-tensor";
import { headerLength, headOf, PREFIX, parseHeader } from "./safetensors-header";
import { readNumbers, roomFor, writeNumbers } from "./safetensors-numbers";
import { shortened } from "./strict-json";

export interface SafetensorsFile {
  readonly tensors: Map<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

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
  const named = [...tensors].map(([name, tensor]) => ({ ...tensor, name }));
  for (const { name, shape, data } of named) checkSize(name, shape, data);
  const { head, ordered, size } = headOf(named, metadata);
  const file = new Uint8Array(size);
  file.set(head);
  let at = head.length;
  for (const { dtype, data } of ordered) {
    file.set(writeNumbers(dtype, data, 0, data.length), at);
    at += data.byteLength;
  }
  return file;
}

/** @throws RangeError if the numbers do not fill the shape. */
export function checkSize(
  name: string,
  shape: readonly number[],
  { length }: HostTensor["data"],
): void {
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== length) {
    throw new RangeError(
      `${name}: expected ${size} numbers for [${shape.join(", ")}], got ${length}`,
    );
  }
}

/**
 * Reads what {@link encodeSafetensors} and other writers of the format make, all at once: F32, F16
 * and BF16 as float32, whole numbers that fit as int32, and bools. {@link openSafetensors} reads
 * one tensor after the other.
 *
 * Nothing of the file is trusted: no byte outside is read, no more memory taken than the file
 * itself asks for by its length, or twice that from F16 and BF16 and four times from bytes.
 *
 * @param name What errors call the file.
 * @throws Error `name: expected …, got …` on anything that is cut off, overlaps or makes no sense.
 */
export function decodeSafetensors(bytes: Uint8Array, name = "safetensors"): SafetensorsFile {
  const start = PREFIX + headerLength(bytes, bytes.length, name);
  const header = parseHeader(bytes.subarray(PREFIX, start), bytes.length, name);
  const tensors = new Map<string, HostTensor>();
  for (const [path, { dtype, shape, offset, bytes: length }] of header.tensors) {
    try {
      const tensor = roomFor(dtype, shape);
      readNumbers(dtype, bytes.subarray(offset, offset + length), tensor.data, 0);
      tensors.set(path, tensor);
    } catch (cause) {
      throw new Error(`${name}: ${shortened(path)}: ${(cause as Error).message}`, { cause });
    }
  }
  return { tensors, metadata: header.metadata };
}
