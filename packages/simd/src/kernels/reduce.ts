import {
  backend_util,
  Max,
  type MaxAttrs,
  Mean,
  type MeanAttrs,
  Min,
  type MinAttrs,
  Sum,
  type SumAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { bits, type SimdBackend } from "../backend";
import { shared } from "../number-type";
import { simdOrCpuKernel } from "../on-cpu";
import { cast } from "./cast";

/** Columns of a unit. */
const COLUMNS = 32;
/** Longest line that is reduced at once, and the parts of a longer one; they set a sum's last bits. */
const LONGEST_ROW = 4096;
const ROW_CHUNK = 2048;
const LONGEST_COLUMN = 512;
const COLUMN_CHUNK = 256;
const NS_A_NUMBER = 0.15;
const NS_A_UNIT = 10;

/** The assembly's numbers of an operation, by dtype. */
interface Operation {
  readonly float32: number;
  readonly int32: number;
}

const sum: Operation = { float32: 0, int32: 3 };
const max: Operation = { float32: 1, int32: 4 };
const min: Operation = { float32: 2, int32: 5 };

interface Reduction {
  readonly x: TensorInfo;
  readonly axis: number | number[];
  readonly keepDims: boolean;
  readonly operation: Operation;
  /** Of the result, which is then a sum of floats. */
  readonly divisor?: number;
}

/** Undefined where the cpu backend's kernel has to do it: nothing to reduce, or other dtypes. */
function reduce(backend: SimdBackend, reduction: Reduction): TensorInfo | undefined {
  const { x, keepDims, operation, divisor = 1 } = reduction;
  const { shape, dtype } = x;
  if ((dtype !== "float32" && dtype !== "int32") || util.sizeFromShape(shape) === 0)
    return undefined;
  const axes = util.parseAxisParam(reduction.axis, shape);
  const [reduced] = backend_util.computeOutAndReduceShapes(shape, axes);
  const outShape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
  const passes = passesOf(shape, axes);
  if (passes.length === 0) return shared(backend, x, outShape);
  const output = backend.output(outShape, dtype);
  let from = backend.addressOf(x);
  const halfway: number[] = [];
  try {
    for (const [i, pass] of passes.entries()) {
      const last = i === passes.length - 1;
      const to = last ? backend.addressOf(output) : backend.reserve(sizeAfter(pass));
      if (!last) halfway.push(to);
      runPass(backend, pass, [from, to, operation[dtype], bits(last ? divisor : 1)]);
      from = to;
    }
  } finally {
    for (const address of halfway) backend.heap.release(address);
  }
  return output;
}

/** One axis of [outer, length, inner], in chunks. */
interface Pass {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly chunk: number;
}

/** One pass for each run of axes to reduce, from the last to the first, and more where it is long. */
function passesOf(shape: readonly number[], axes: readonly number[]): Pass[] {
  const runs: { size: number; reduced: boolean }[] = [];
  for (const [axis, size] of shape.entries()) {
    const reduced = axes.includes(axis);
    const run = runs.at(-1);
    if (size === 1) continue;
    if (run?.reduced === reduced) run.size *= size;
    else runs.push({ size, reduced });
  }
  const passes: Pass[] = [];
  let inner = 1;
  for (let i = runs.length - 1; i >= 0; i--) {
    const { size, reduced } = runs[i]!;
    if (!reduced) {
      inner *= size;
      continue;
    }
    const outer = runs.slice(0, i).reduce((product, run) => product * run.size, 1);
    const [longest, part] = inner === 1 ? [LONGEST_ROW, ROW_CHUNK] : [LONGEST_COLUMN, COLUMN_CHUNK];
    for (let length = size; length > 1; ) {
      const chunk = length > longest ? part : length;
      passes.push({ outer, length, inner, chunk });
      length = Math.ceil(length / chunk);
    }
  }
  return passes;
}

function sizeAfter({ outer, length, inner, chunk }: Pass): number {
  return outer * Math.ceil(length / chunk) * inner;
}

function runPass(
  backend: SimdBackend,
  { outer, length, inner, chunk }: Pass,
  [from, to, operation, divisor]: [number, number, number, number],
): void {
  const chunks = Math.ceil(length / chunk);
  const nanoseconds = outer * length * inner * NS_A_NUMBER;
  if (inner === 1) {
    const units = outer * chunks;
    const args = [from, to, length, chunk, chunks, operation, divisor];
    backend.run("reduceRows", args, units, nanoseconds + units * NS_A_UNIT);
  } else {
    const blocks = Math.ceil(inner / COLUMNS);
    const units = outer * chunks * blocks;
    const args = [from, to, inner, length, chunk, operation, divisor, chunks, blocks];
    backend.run("reduceColumns", args, units, nanoseconds + units * NS_A_UNIT);
  }
}

/** Of the numbers as another dtype, which are gone afterwards. */
function reduceAs(
  backend: SimdBackend,
  dtype: "float32" | "int32",
  reduction: Reduction,
): TensorInfo | undefined {
  const x = cast(backend, reduction.x, dtype);
  try {
    return reduce(backend, { ...reduction, x });
  } finally {
    backend.disposeIntermediateTensorInfo(x);
  }
}

interface Inputs {
  x: TensorInfo;
}

export const reduceKernels = [
  simdOrCpuKernel<Inputs, SumAttrs>(Sum, ({ inputs: { x }, attrs, backend }) => {
    const reduction = { x, ...attrs, operation: sum };
    return x.dtype === "bool" ? reduceAs(backend, "int32", reduction) : reduce(backend, reduction);
  }),
  simdOrCpuKernel<Inputs, MeanAttrs>(Mean, ({ inputs: { x }, attrs, backend }) => {
    const axes = util.parseAxisParam(attrs.axis, x.shape);
    const divisor = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const reduction = { x, ...attrs, operation: sum, divisor };
    return x.dtype === "bool" || x.dtype === "int32"
      ? reduceAs(backend, "float32", reduction)
      : reduce(backend, reduction);
  }),
  simdOrCpuKernel<Inputs, MaxAttrs>(Max, ({ inputs: { x }, attrs, backend }) =>
    reduce(backend, { x, axis: attrs.reductionIndices, keepDims: attrs.keepDims, operation: max }),
  ),
  simdOrCpuKernel<Inputs, MinAttrs>(Min, ({ inputs: { x }, attrs, backend }) =>
    reduce(backend, { x, ...attrs, operation: min }),
  ),
];
