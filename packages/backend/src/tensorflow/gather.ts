import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import { attributesFor, type NativeBackend } from "./native";

/** tfjs-node 4.22.0's gather takes no axis that counts from the end ("not in [0, NaN]"); this one does. */
export function gatherFromEnd(gather: KernelFunc): KernelFunc {
  return (call) => {
    const { axis, batchDims } = call.attrs as { axis: number; batchDims: number };
    const { rank, shape } = call.inputs.x as TensorInfo & { rank?: number };
    const counted = axis < 0 ? axis + (rank ?? shape.length) : axis;
    return gather({ ...call, attrs: { axis: counted, batchDims } });
  };
}

/**
 * `TxEmbeddingLookup` of @tx/ops. tfjs-node's own gather reads all ids back to check them, for which a
 * GPU has to finish everything before; TensorFlow checks them itself on a CPU, and on a GPU gives zeros
 * for an id that is no row.
 */
export const embeddingLookup: KernelFunc = ({ inputs, backend }) => {
  const { table, ids } = inputs as { table: TensorInfo; ids: TensorInfo };
  const native = backend as NativeBackend;
  const { type, int } = attributesFor(native);
  const axis = native.write(Int32Array.of(0), [], "int32");
  const attributes = [
    int("batch_dims", 0),
    type("Tparams"),
    type("Tindices", "int32"),
    type("Taxis", "int32"),
  ];
  try {
    const zero = { dataId: axis, shape: [], dtype: "int32" as const };
    return native.executeSingleOutput("GatherV2", attributes, [table, ids, zero]);
  } catch (cause) {
    // "Invalid TF_Status: 3\nMessage: indices[0] = 9 is not in [0, 5)"
    const message = (cause as Error).message.replace(/^.*\nMessage: /, "");
    throw new RangeError(`ids: expected rows of the table, got ${message}`, { cause });
  } finally {
    native.disposeData(axis);
  }
};
