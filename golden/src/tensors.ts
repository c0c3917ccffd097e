import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { CaseTensor } from "./golden-case";

/** A case's numbers as a float32 tensor. */
export function floats<T extends Tensor>({ shape, data }: CaseTensor): T {
  return tensor(Float32Array.from(data), [...shape], "float32") as Tensor as T;
}

/** A case's ids as an int32 tensor. */
export function ints<T extends Tensor>({ shape, data }: CaseTensor): T {
  return tensor(Int32Array.from(data), [...shape], "int32") as Tensor as T;
}

/** A case's mask, 1 = keep, as a bool tensor, true = may attend. */
export function bools<T extends Tensor>({ shape, data }: CaseTensor): T {
  return tensor(Uint8Array.from(data), [...shape], "bool") as Tensor as T;
}

/** [rows, columns] to [columns, rows]: between torch's linear weights and ours. */
export function transposed({ shape, data }: CaseTensor): CaseTensor {
  const [rows, columns] = shape as [number, number];
  return {
    shape: [columns, rows],
    data: data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!),
  };
}

/** Reads tensors by name, all at once, since a GPU is waited for at each reading, and frees them. */
export async function readAll(
  tensors: Iterable<readonly [string, Tensor]>,
): Promise<Record<string, Float32Array>> {
  const read = async ([name, tensor]: readonly [string, Tensor]) => {
    const numbers = Float32Array.from(await tensor.data());
    tensor.dispose();
    return [name, numbers] as const;
  };
  return Object.fromEntries(await Promise.all(Array.from(tensors, read)));
}
