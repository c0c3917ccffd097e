import {
  add,
  backend_util,
  customGrad,
  fill,
  GatherV2,
  type GatherV2Attrs,
  type GradSaveFunc,
  gather,
  greaterEqual,
  less,
  logicalAnd,
  range,
  reshape,
  Select,
  type Tensor,
  transpose,
  UnsortedSegmentSum,
  type UnsortedSegmentSumAttrs,
  util,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { embeddingGradReference } from "../embedding-lookup/reference";
import { runKernelOr } from "../run-kernel";
import type { Gradient } from "./gradient";

/**
 * Rows added up by id, the opposite of a gather.
 *
 * @param values [..., width]
 * @param ids int32, the shape of values without width, each in [0, rows).
 * @returns [rows, width]
 */
function addRows(values: Tensor, ids: Tensor, rows: number): Tensor {
  // Differentiable by hand: where it runs on the host, no operation is there to differentiate.
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [dy, save] = args as [Tensor, GradSaveFunc];
    save([ids]);
    return {
      value: runKernelOr("TxEmbeddingLookupGrad", { ids, dy }, { rows }, () =>
        embeddingGradReference({ ids, dy }, { rows }),
      ),
      gradFunc: (ddy: Tensor, saved: Tensor[]) => gather(ddy, saved[0]!),
    };
  })(values);
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

const gatherGradient: Gradient = {
  kernelName: GatherV2,
  inputsToSave: ["x", "indices"],
  gradFunc: (dy: Tensor, [x, indices]: [Tensor, Tensor], { axis, batchDims }: GatherV2Attrs) => ({
    x: () => ungather(dy, x, indices, axis, batchDims),
    indices: () => fill(indices.shape, 0),
  }),
};

/** Each entry gets its segment's gradient; those outside all segments took no part. */
function unsum(dy: Tensor, ids: Tensor, segments: number): Tensor {
  const inside = logicalAnd(greaterEqual(ids, 0), less(ids, segments));
  const taken = gather(dy, where(inside, ids, zerosLike(ids)));
  const rows = reshape(inside, [...ids.shape, ...taken.shape.slice(ids.rank).fill(1)]);
  return where(rows, taken, zerosLike(taken));
}

const segmentSumGradient: Gradient = {
  kernelName: UnsortedSegmentSum,
  inputsToSave: ["segmentIds"],
  gradFunc: (dy: Tensor, [ids]: [Tensor], { numSegments }: UnsortedSegmentSumAttrs) => ({
    x: () => unsum(dy, ids, numSegments),
    segmentIds: () => fill(ids.shape, 0),
  }),
};

const selectGradient: Gradient = {
  kernelName: Select,
  inputsToSave: ["condition"],
  gradFunc: (dy: Tensor, [condition]: [Tensor]) => ({
    condition: () => fill(condition.shape, 0),
    t: () => where(condition, dy, zerosLike(dy)),
    e: () => where(condition, zerosLike(dy), dy),
  }),
};

/** Kernels that pick entries by index or by condition. */
export const selectionGradients = (): Gradient[] => [
  gatherGradient,
  segmentSumGradient,
  selectGradient,
];
