import { type Tensor, tensor } from "@tensorflow/tfjs-core";

/** One tensor's numbers on the host, in the types that TensorFlow.js has. */
export type HostTensor =
  | { readonly dtype: "F32"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "I32"; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: "BOOL"; readonly shape: readonly number[]; readonly data: Uint8Array };

/** What TensorFlow.js calls each type. */
const TFJS_TYPES = { F32: "float32", I32: "int32", BOOL: "bool" } as const;

/** Its type in a file; undefined for complex64 and string. */
export function hostTypeOf({ dtype }: Tensor): HostTensor["dtype"] | undefined {
  if (dtype === "float32") return "F32";
  if (dtype === "int32") return "I32";
  return dtype === "bool" ? "BOOL" : undefined;
}

/**
 * A tensor's numbers, a copy of its own.
 *
 * @throws RangeError (as a rejection) if it is neither float32 nor int32 nor bool.
 */
export async function toHost(from: Tensor): Promise<HostTensor> {
  const [shape, dtype] = [from.shape, hostTypeOf(from)];
  if (dtype === undefined) {
    throw new RangeError(`tensor: expected float32, int32 or bool, got ${from.dtype}`);
  }
  const data = await from.data();
  if (dtype === "F32") return { dtype, shape, data: Float32Array.from(data) };
  if (dtype === "I32") return { dtype, shape, data: Int32Array.from(data) };
  return { dtype, shape, data: Uint8Array.from(data) };
}

/** A tensor of these numbers, which it may keep: they are not to be changed any more. */
export function toTensor({ dtype, shape, data }: HostTensor): Tensor {
  return tensor(data, [...shape], TFJS_TYPES[dtype]);
}
