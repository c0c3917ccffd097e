import type { HostTensor } from "./host-tensor";
import { checkSize } from "./safetensors";
import { headOf, type TensorToPlace } from "./safetensors-header";
import { writeNumbers } from "./safetensors-numbers";

/** A tensor that is to be written, whose numbers are asked for when it is its turn. */
export interface TensorToWrite extends TensorToPlace {
  /** float32 for F32, F16 and BF16, to whose nearest numbers it is rounded. */
  data(): HostTensor["data"] | Promise<HostTensor["data"]>;
}

/** Most numbers of one piece. */
const PIECE = 1_048_576;

/**
 * The bytes of a safetensors file, piece by piece: the next tensor's numbers are asked for when
 * those before it have been taken, so that never more than one is held.
 *
 * @param metadata Names and texts of one's own.
 * @throws RangeError (as a rejection) if a tensor's numbers do not fill its shape, or its name is
 *   the metadata's or comes twice.
 */
export async function* streamSafetensors(
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, ordered } = headOf(tensors, metadata);
  yield head;
  for (const { name, dtype, shape, data } of ordered) {
    const numbers = await data();
    checkSize(name, shape, numbers);
    for (let at = 0; at < numbers.length; at += PIECE) {
      yield writeNumbers(dtype, numbers, at, Math.min(at + PIECE, numbers.length));
    }
  }
}
