import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { forEach } from "../each";
import { again, areUnshared } from "../in-place";
import { int } from "../program";
import { areAll, made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Inputs {
  buffer: TensorInfo;
  rows: TensorInfo;
}

interface Attributes {
  layout: "bhsd" | "bshd";
  start: number;
  overwrite: boolean;
}

/** A buffer with some rows replaced: in place where it may be and no other tensor shares it. */
export const writeRowsKernels = [
  webgpuKernel<Inputs, Attributes>(
    "TxWriteRows",
    ({ inputs: { buffer, rows }, attrs: { layout, start, overwrite }, backend }) => {
      if (!areAll("float32", buffer, rows)) return declined;
      const uniforms = uniformsOf(buffer.shape, rows.shape, layout, start);
      if (overwrite && areUnshared(backend, [buffer], [rows])) {
        overwriteRows(backend, { buffer, rows }, uniforms);
        return again(backend, buffer);
      }
      const result = made(backend, buffer.shape);
      forEach(backend, {
        name: "withRows",
        reads: { buffer, rows },
        writes: { written: result },
        uniforms,
        body: `
    let block = i / uniforms.blockSize;
    let within = i % uniforms.blockSize - uniforms.start;
    if (within < 0 || within >= uniforms.rowsSize) { written[i] = buffer[i]; return; }
    written[i] = rows[block * uniforms.rowsSize + within];`,
      });
      return result;
    },
  ),
];

type Uniforms = ReturnType<typeof uniformsOf>;

function overwriteRows(
  backend: WebgpuBackend,
  { buffer, rows }: Inputs,
  { blockSize, rowsSize, start }: Uniforms,
): void {
  forEach(backend, {
    name: "writeRows",
    reads: { rows },
    writes: { buffer },
    uniforms: { blockSize, rowsSize, start },
    // Of the rows, as there are fewer of them.
    count: rows,
    body: `
    buffer[i / uniforms.rowsSize * uniforms.blockSize + uniforms.start + i % uniforms.rowsSize] = rows[i];`,
  });
}

/** Numbers of a block of the buffer and of the rows in it, and from where on; heads side by side are one. */
function uniformsOf(
  buffer: readonly number[],
  rows: readonly number[],
  layout: "bhsd" | "bshd",
  start: number,
) {
  const [, second, third, width] = buffer as [number, number, number, number];
  const [size, count, row] =
    layout === "bshd" ? [second, rows[1]!, third * width] : [third, rows[2]!, width];
  return { blockSize: int(size * row), rowsSize: int(count * row), start: int(start * row) };
}
