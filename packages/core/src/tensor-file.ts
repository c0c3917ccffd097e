import type { HostTensor } from "./host-tensor";
import type { TensorInfo } from "./safetensors-header";

/** An open checkpoint, of one file or of several, from which tensors are read one by one. */
export interface TensorFile {
  /** What errors call it. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Types and shapes by name, in the order in which reading costs least. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * Reads one tensor's numbers, the caller's own: F32, F16 and BF16 as float32, whole numbers as
   * int32, and bools.
   *
   * @throws Error (as a rejection) `name: tensor: …` if there is no such tensor, its numbers cannot
   *   be read, or not be turned exactly into one of these.
   */
  read(tensor: string): Promise<HostTensor>;
  /** Lets go of what is open; nothing can be read any more. */
  close(): Promise<void>;
}
