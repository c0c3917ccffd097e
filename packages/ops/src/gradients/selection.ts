import {
  add,
  backend_util,
  fill,
  type GatherV2Attrs,
  gather,
  greaterEqual,
  less,
  logicalAnd,
  range,
  reshape,
  type Tensor,
  transpose,
  type UnsortedSegmentSumAttrs,
  util,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { embeddingGradReference } from "../embedding-lookup/reference";
import { runKernelOr } from "../run-kernel";
import { withGradient } from "../with-gradient";
import { type Gradient, gradientOf } from "./gradient";

/**
 * Rows added up by id, the opposite of a gather.
 *
 * @param values [..., width]
 * @param ids int32, the shape of values without width, each in [0, rows).
 * @returns [rows, width]
 */
function addRows(values: Tensor, ids: Tensor, rows: number): Tensor {
  // Differentiable by hand: where it runs on the host, no operation is there to differentiate.
  return withGradient({ values }, () => [
    runKernelOr("TxEmbeddingLookupGrad", { ids, dy: values }, { rows }, embeddingGradReference),
    { ids },
    ({ ids, dy }) => gather(dy, ids),
  ]);
}

/**
 * Any gather is one of rows: the axes before the gathered one, beyond the batch axes, become part
 * of the row, and batch n has its rows behind those of batch n - 1.
 */
function ungather(dy: Tensor, x: Tensor, indices: Tensor, axis: number, batchDims: number): Tensor {
  const at = util.parseAxisParam(axis, x.shape)[0]!;
  const {
    batchSize: batch,
    outerSize: outer,
    dimSize: rows,
    sliceSize: inner,
  } = backend_util.segment_util.collectGatherOpShapeInfo(x, indices, at, batchDims);
  const picked = indices.size / batch;
  const swap = (t: Tensor, shape: number[]): Tensor =>
    outer === 1 ? t : transpose(reshape(t, shape), [0, 2, 1, 3]);

  const values = reshape(swap(dy, [batch, outer, picked, inner]), [batch * picked, outer * inner]);
  const ids = reshape(indices, [batch, picked]);
  const firstRows = () => reshape(range(0, batch * rows, rows, "int32"), [batch, 1]);
  const allIds = reshape(batch === 1 ? ids : add(ids, firstRows()), [batch * picked]);
  const sums = addRows(values, allIds, batch * rows);
  return reshape(swap(sums, [batch, rows, outer, inner]), x.shape);
}

/** Each entry gets its segment's gradient; those outside all segments took no part. */
function unsum(dy: Tensor, ids: Tensor, segments: number): Tensor {
  const inside = logicalAnd(greaterEqual(ids, 0), less(ids, segments));
  const taken = gather(dy, where(inside, ids, zerosLike(ids)));
  const rows = reshape(inside, [...ids.shape, ...taken.shape.slice(ids.rank).fill(1)]);
  return where(rows, taken, zerosLike(taken));
}

/** Kernels that pick entries by index or by condition. */
export const selectionGradients = (): Gradient[] => [
  gradientOf("GatherV2", ["x", "indices"], {
    x: (dy, [x, indices], { axis, batchDims }: GatherV2Attrs) =>
      ungather(dy, x, indices, axis, batchDims),
    indices: (_, [, indices]) => fill(indices.shape, 0),
  }),
  gradientOf("UnsortedSegmentSum", ["segmentIds"], {
    x: (dy, [ids], { numSegments }: UnsortedSegmentSumAttrs) => unsum(dy, ids, numSegments),
    segmentIds: (_, [ids]) => fill(ids.shape, 0),
  }),
  gradientOf("Select", ["condition"], {
    condition: (_, [condition]) => fill(condition.shape, 0),
    t: (dy, [condition]) => where(condition, dy, zerosLike(dy)),
    e: (dy, [condition]) => where(condition, zerosLike(dy), dy),
  }),
];
