import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "./backend";
import { dispatch, inRow, int } from "./program";
import { sizeOf } from "./tensors";

/** Columns that a workgroup adds up, and threads that share each. */
const [COLUMNS, SHARES] = [32, 8];

/**
 * Adds up sums over parts, in the order of the parts.
 *
 * @param partial [parts, …]: in each part all numbers of the first result, then those of the second.
 * @param results One tensor or two.
 */
export function sumParts(
  backend: WebgpuBackend,
  partial: TensorInfo,
  parts: number,
  results: readonly TensorInfo[],
): void {
  const [first, second] = results;
  const width = results.reduce((sum, result) => sum + sizeOf(result), 0);
  dispatch(backend, {
    name: `sumParts${results.length}`,
    reads: { partial },
    writes: { first: first!, ...(second && { second }) },
    uniforms: { parts: int(parts), width: int(width), ofFirst: int(sizeOf(first!)) },
    threads: COLUMNS * SHARES,
    groups: inRow(Math.ceil(width / COLUMNS)),
    code: () => `
var<workgroup> shares: array<f32, ${COLUMNS * SHARES}>;
fn main() {
  let lane = i32(localIndex) % ${COLUMNS};
  let share = i32(localIndex) / ${COLUMNS};
  let column = groupOf() * ${COLUMNS} + lane;
  var sum = 0.0;
  if (column < uniforms.width) {
    for (var part = share; part < uniforms.parts; part += ${SHARES}) {
      sum += partial[part * uniforms.width + column];
    }
  }
  shares[localIndex] = sum;
  workgroupBarrier();
  if (share == 0 && column < uniforms.width) {
    for (var other = 1; other < ${SHARES}; other++) { sum += shares[other * ${COLUMNS} + lane]; }
    ${second ? "if (column >= uniforms.ofFirst) { second[column - uniforms.ofFirst] = sum; return; }" : ""}
    first[column] = sum;
  }
}`,
  });
}
