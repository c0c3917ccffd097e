import {
  backend_util,
  GatherV2,
  type GatherV2Attrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { bytesOf, isNumberType } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";

const NS_A_BYTE = 0.05;
const NS_A_SLICE = 10;

interface Inputs {
  x: TensorInfo;
  indices: TensorInfo;
}

/** Slices of x along one axis, by index; the first `batchDims` axes of both go together. */
function gather(
  backend: SimdBackend,
  { x, indices }: Inputs,
  { axis: given, batchDims }: GatherV2Attrs,
): TensorInfo | undefined {
  const { dtype } = x;
  if (!isNumberType(dtype) || indices.dtype !== "int32") return undefined;
  const axis = util.parseAxisParam(given, x.shape)[0]!;
  const [from, at] = [x, indices].map((input) => backend.addressOf(input)) as [number, number];
  checkIndices(backend, at, util.sizeFromShape(indices.shape), x.shape[axis]!);
  const { collectGatherOpShapeInfo } = backend_util.segment_util;
  // Its type says tensors, but of those it takes the shapes alone.
  const tensors = [x, indices] as unknown as Parameters<typeof collectGatherOpShapeInfo>;
  const info = collectGatherOpShapeInfo(tensors[0], tensors[1], axis, batchDims ?? 0);
  const { batchSize, outerSize, dimSize, sliceSize } = info;
  const output = backend.output(info.outputShape, dtype);
  const size = util.sizeFromShape(info.outputShape);
  const bytes = sliceSize * bytesOf(dtype);
  const count = util.sizeFromShape(indices.shape) / batchSize;
  const args = [from, at, backend.addressOf(output), bytes, count, outerSize, dimSize];
  const units = size === 0 ? 0 : size / sliceSize;
  backend.run("gather", args, units, units * (NS_A_SLICE + bytes * NS_A_BYTE));
  return output;
}

function checkIndices(backend: SimdBackend, address: number, count: number, size: number): void {
  const { ints } = backend.heap;
  for (let at = address / 4; at < address / 4 + count; at++) {
    const index = ints[at]!;
    if (index < 0 || index >= size) {
      throw new Error(`GatherV2: the index value ${index} is not in [0, ${size - 1}]`);
    }
  }
}

export const gatherKernels = [
  simdOrCpuKernel<Inputs, GatherV2Attrs>(GatherV2, ({ inputs, attrs, backend }) =>
    gather(backend, inputs, attrs),
  ),
];
