import type { TensorInfo, UnsortedSegmentSumAttrs } from "@tensorflow/tfjs-core";
import {
  GatherV2,
  getKernel,
  type KernelFunc,
  UnsortedSegmentSum,
  util,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";

const COLUMNS = 32;
const CLEAR_BLOCK = 16_384;

/** Rows of the table by id. */
function lookUp(backend: SimdBackend, table: TensorInfo, ids: TensorInfo): TensorInfo {
  const [rows, width] = table.shape as [number, number];
  const count = util.sizeFromShape(ids.shape);
  const from = [table, ids].map((input) => backend.addressOf(input));
  checkIds(backend, ids, rows);
  const output = backend.output([...ids.shape, width], table.dtype as "float32" | "int32");
  const args = [...from, backend.addressOf(output), width];
  backend.run("gatherRows", args, width > 0 ? count : 0, count * (5 + width / 8));
  return output;
}

/** They are in memory already, so that looking at them costs next to nothing. */
function checkIds(backend: SimdBackend, ids: TensorInfo, rows: number): void {
  const start = backend.addressOf(ids) / 4;
  const end = start + util.sizeFromShape(ids.shape);
  const { ints } = backend.heap;
  for (let at = start; at < end; at++) {
    if (!(ints[at]! >= 0 && ints[at]! < rows)) {
      throw new RangeError(`ids: expected whole numbers in [0, ${rows}), got ${ints[at]}`);
    }
  }
}

/** Row r of the output is the sum of the input's rows n with ids[n] = r. */
function sumById(
  backend: SimdBackend,
  x: TensorInfo,
  ids: TensorInfo,
  shape: [number, ...number[]],
): TensorInfo {
  const [rows, ...inner] = shape;
  const [width, count] = [util.sizeFromShape(inner), util.sizeFromShape(ids.shape)];
  const from = [ids, x].map((input) => backend.addressOf(input));
  const output = backend.output(shape);
  const to = backend.addressOf(output);
  const size = rows * width;
  backend.run("clear", [to, size], Math.ceil(size / CLEAR_BLOCK), size / 8);
  const units = count > 0 && rows > 0 ? Math.ceil(width / COLUMNS) : 0;
  backend.run("scatterRows", [...from, to, width, count, rows], units, (count * width) / 4);
  return output;
}

function onCpu(kernel: string, args: Parameters<KernelFunc>[0]): TensorInfo {
  return getKernel(kernel, "cpu")!.kernelFunc(args) as TensorInfo;
}

export const embeddingKernels = [
  simdKernel<{ table: TensorInfo; ids: TensorInfo }>("TxEmbeddingLookup", ({ inputs, backend }) => {
    const { table, ids } = inputs;
    if (table.dtype === "float32" || table.dtype === "int32") {
      return lookUp(backend, table, ids);
    }
    const attrs = { axis: 0, batchDims: 0 };
    return onCpu(GatherV2, { inputs: { x: table, indices: ids }, attrs, backend });
  }),
  simdKernel<{ ids: TensorInfo; dy: TensorInfo }, { rows: number }>(
    "TxEmbeddingLookupGrad",
    ({ inputs: { ids, dy }, attrs: { rows }, backend }) =>
      sumById(backend, dy, ids, [rows, dy.shape[dy.shape.length - 1]!]),
  ),
  simdKernel<{ x: TensorInfo; segmentIds: TensorInfo }, UnsortedSegmentSumAttrs>(
    UnsortedSegmentSum,
    ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs;
      const covered =
        x.dtype === "float32" && segmentIds.dtype === "int32" && segmentIds.shape.length === 1;
      if (!covered)
        return onCpu(UnsortedSegmentSum, { inputs: { ...inputs }, attrs: { ...attrs }, backend });
      return sumById(backend, x, segmentIds, [attrs.numSegments, ...x.shape.slice(1)]);
    },
  ),
];
