import { type ByteSource, readExactly } from "./byte-source";
import type { HostTensor } from "./host-tensor";
import { headerLength, type PlacedTensor, PREFIX, parseHeader } from "./safetensors-header";
import { bitsOf, readNumbers, roomFor } from "./safetensors-numbers";
import { shortened } from "./strict-json";
import type { TensorFile } from "./tensor-file";

/** Most bytes that are read at once, so that two copies of a large tensor never meet. */
const PIECE = 4 * 2 ** 20;

/**
 * Opens a safetensors file: reads and checks its header, and the file's size against it. Numbers
 * are read only when they are asked for.
 *
 * @param source Closed with the file, also where this throws.
 * @throws Error (as a rejection) `name: expected …, got …` on anything that is cut off, overlaps or
 *   makes no sense.
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const { name, size } = source;
  try {
    const prefix = await readExactly(source, 0, Math.min(PREFIX, size));
    const header = await readExactly(source, PREFIX, headerLength(prefix, size, name));
    const { metadata, tensors } = parseHeader(header, size, name);
    return {
      name,
      metadata,
      tensors,
      read: (tensor) => read(source, tensor, tensors.get(tensor)),
      close: async () => source.close?.(),
    };
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

async function read(
  source: ByteSource,
  name: string,
  placed: PlacedTensor | undefined,
): Promise<HostTensor> {
  if (!placed) throw new Error(`${source.name}: expected a tensor ${shortened(name)}, got none`);
  const { dtype, shape, offset, bytes } = placed;
  const named = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      throw new Error(`${source.name}: ${shortened(name)}: ${(cause as Error).message}`, { cause });
    }
  };
  const tensor = named(() => roomFor(dtype, shape));
  for (let at = 0; at < bytes; at += PIECE) {
    const piece = await readExactly(source, offset + at, Math.min(PIECE, bytes - at));
    named(() => readNumbers(dtype, piece, tensor.data, (at * 8) / bitsOf(dtype)));
  }
  return tensor;
}
