import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { runKernelOr } from "../run-kernel";
import { checkShapes, ShapeError } from "../shapes";
import { withGradient } from "../with-gradient";
import { embeddingGradReference, embeddingLookupReference } from "./reference";

/**
 * Rows of a table by id. The gradient adds up over repeated ids; rows nobody asked for get zero.
 *
 * Ids are taken as they are: one outside the table is an error of the caller that the backends
 * answer each in their own way, since checking would read the ids back from the device.
 *
 * Kernel contract: `TxEmbeddingLookup` {table, ids} {} → [..., width];
 * `TxEmbeddingLookupGrad` {ids, dy} {rows} → [rows, width]. Neither reads or writes outside its
 * tensors, whatever the ids: where ids are at hand the first throws RangeError, and the gradient
 * leaves out ids that are no rows. The gradient adds up by rising place of the ids where the engine
 * promises equal bits from run to run.
 *
 * @param table [rows, width]
 * @param ids int32, any shape, each in [0, rows).
 * @returns The shape of ids, then width.
 * @throws ShapeError if table is not of rank 2; RangeError if ids is not int32.
 */
export function embeddingLookup<T extends Tensor>(table: Tensor2D, ids: Tensor): T {
  const { rows } = checkShapes(["table", table, "rows width"]);
  if (ids.dtype !== "int32") throw new RangeError(`ids: expected int32, got ${ids.dtype}`);
  if (ids.rank === 0) throw new ShapeError("ids: expected one axis or more, got []");
  return withGradient({ table }, () => [
    runKernelOr("TxEmbeddingLookup", { table, ids }, {}, embeddingLookupReference),
    { ids },
    (told) => runKernelOr("TxEmbeddingLookupGrad", told, { rows }, embeddingGradReference),
  ]);
}
