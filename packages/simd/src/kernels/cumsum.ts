import { Cumsum, type CumsumAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { simdOrCpuKernel } from "../on-cpu";

/** Columns of a unit. */
const COLUMNS = 4;
const NS_A_NUMBER = 1.5;

/** The sum of all numbers up to each, along one axis. */
function cumsum(
  backend: SimdBackend,
  x: TensorInfo,
  { axis: given, exclusive, reverse }: CumsumAttrs,
): TensorInfo | undefined {
  const { shape, dtype } = x;
  if ((dtype !== "float32" && dtype !== "int32") || shape.length === 0) return undefined;
  const axis = util.parseAxisParam(given, shape)[0]!;
  const from = backend.addressOf(x);
  const output = backend.output(shape, dtype);
  const size = util.sizeFromShape(shape);
  const inner = util.sizeFromShape(shape.slice(axis + 1));
  const outer = util.sizeFromShape(shape.slice(0, axis));
  const blocks = Math.ceil(inner / COLUMNS);
  const flags = [exclusive, reverse, dtype === "int32"].map(Number);
  const args = [from, backend.addressOf(output), shape[axis]!, inner, blocks, ...flags];
  backend.run("cumsum", args, outer * blocks, size * NS_A_NUMBER);
  return output;
}

export const cumsumKernels = [
  simdOrCpuKernel<{ x: TensorInfo }, CumsumAttrs>(Cumsum, ({ inputs: { x }, attrs, backend }) =>
    cumsum(backend, x, attrs),
  ),
];
