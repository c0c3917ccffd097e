import type { TensorInfo } from "@tensorflow/tfjs-core";
import { forEach } from "../each";
import { dispatch, int } from "../program";
import { areAll, made, sizeOf } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

/** Threads of a workgroup, and ids that it looks at before it adds any row. */
const [THREADS, ROUND] = [64, 256];

/** Tables of fewer rows get a workgroup for each block of columns, so that there are enough of them. */
const FEW_ROWS = 1024;

export const embeddingKernels = [
  webgpuKernel<{ table: TensorInfo; ids: TensorInfo }>(
    "TxEmbeddingLookup",
    ({ inputs: { table, ids }, backend }) => {
      if (!areAll("float32", table) || !areAll("int32", ids)) return declined;
      const [rows, width] = table.shape as [number, number];
      const y = made(backend, [...ids.shape, width]);
      forEach(backend, {
        name: "embeddingLookup",
        reads: { table, ids },
        writes: { y },
        types: { ids: "i32" },
        uniforms: { rows: int(rows), width: int(width) },
        body: `
    let n = i / uniforms.width;
    // An id that is no row gives zeros, as tfjs's own gather does here.
    let id = ids[n];
    let isRow = id >= 0 && id < uniforms.rows;
    let at = select(0, id, isRow) * uniforms.width + (i - n * uniforms.width);
    y[i] = select(0.0, table[at], isRow);`,
      });
      return y;
    },
  ),
  webgpuKernel<{ ids: TensorInfo; dy: TensorInfo }, { rows: number }>(
    "TxEmbeddingLookupGrad",
    ({ inputs: { ids, dy }, attrs: { rows }, backend }) => {
      if (!areAll("float32", dy) || !areAll("int32", ids) || rows === 0) return declined;
      const width = dy.shape[dy.shape.length - 1]!;
      const blocks = rows < FEW_ROWS ? Math.ceil(width / THREADS) : 1;
      const limit = backend.device.limits.maxComputeWorkgroupsPerDimension;
      const across = Math.min(rows, limit);
      const dTable = made(backend, [rows, width]);
      dispatch(backend, {
        name: "embeddingGradient",
        reads: { ids, dy },
        writes: { dTable },
        types: { ids: "i32" },
        uniforms: {
          rows: int(rows),
          width: int(width),
          count: int(sizeOf(ids)),
          // Columns of a workgroup.
          columns: int(Math.ceil(width / blocks / THREADS) * THREADS),
        },
        threads: THREADS,
        groups: [across, Math.ceil(rows / across), blocks],
        code: () => gradientCode,
      });
      return dTable;
    },
  ),
];

/**
 * A workgroup for each row of the table looks for its id among all ids and adds the rows of dy that it
 * finds, by rising place: no atomics, so the same bits from run to run.
 */
const gradientCode = `
var<workgroup> isHit: array<u32, ${ROUND}>;
var<workgroup> hits: atomic<u32>;
var<workgroup> found: u32;
fn main() {
  let row = min(groupOf(), uniforms.rows - 1);
  let lane = i32(localIndex);
  let begin = i32(workgroupId.z) * uniforms.columns;
  let end = min(begin + uniforms.columns, uniforms.width);
  for (var j = begin + lane; j < end; j += ${THREADS}) { dTable[row * uniforms.width + j] = 0.0; }
  for (var first = 0; first < uniforms.count; first += ${ROUND}) {
    if (lane == 0) { atomicStore(&hits, 0u); }
    workgroupBarrier();
    for (var n = lane; n < ${ROUND}; n += ${THREADS}) {
      let isMine = first + n < uniforms.count && ids[min(first + n, uniforms.count - 1)] == row;
      isHit[n] = u32(isMine);
      if (isMine) { atomicAdd(&hits, 1u); }
    }
    workgroupBarrier();
    if (lane == 0) { found = atomicLoad(&hits); }
    if (workgroupUniformLoad(&found) > 0u) {
      for (var j = begin + lane; j < end; j += ${THREADS}) {
        var sum = dTable[row * uniforms.width + j];
        for (var n = 0; n < ${ROUND}; n++) {
          if (isHit[n] == 1u) { sum += dy[(first + n) * uniforms.width + j]; }
        }
        dTable[row * uniforms.width + j] = sum;
      }
    }
    workgroupBarrier();
  }
}`;
