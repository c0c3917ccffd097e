import {
  gather,
  getBackend,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  unsortedSegmentSum,
} from "@tensorflow/tfjs-core";

/** Rows of the table by id, in stock operations, without a gradient of its own. */
export function embeddingLookupReference({ table, ids }: { table: Tensor2D; ids: Tensor }): Tensor {
  return gather(table, ids);
}

/** The gradient of the table: rows of dy added up by id. */
export function embeddingGradReference(
  { ids, dy }: { ids: Tensor; dy: Tensor },
  { rows }: { rows: number },
): Tensor {
  const width = dy.shape[dy.rank - 1]!;
  if (hostIsNear()) return scatterOnHost(dy, ids, rows, width);
  const flatIds = reshape(ids, [-1]) as Tensor1D;
  return unsortedSegmentSum(reshape(dy, [-1, width]), flatIds, rows);
}

/**
 * On wasm and cpu the values are in the process's own memory. tfjs 4.22.0 has no
 * UnsortedSegmentSum on wasm at all, and cpu's walks all ids once a row (1.2 s for 65 rows and
 * 768 ids of width 128), so there a plain loop over the ids is the way.
 */
function hostIsNear(): boolean {
  return ["wasm", "cpu"].includes(getBackend());
}

function scatterOnHost(dy: Tensor, ids: Tensor, rows: number, width: number): Tensor {
  const sums = new Float32Array(rows * width);
  const given = dy.dataSync();
  ids.dataSync().forEach((id, n) => {
    for (let i = 0; i < width; i++) sums[id * width + i]! += given[n * width + i]!;
  });
  return tensor(sums, [rows, width]);
}
