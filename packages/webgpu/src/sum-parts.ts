import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "./backend";
import { dispatch, inRow, int } from "./program";

/** Columns that a workgroup adds up, and threads that share each. */
const [COLUMNS, SHARES] = [32, 8];

/**
 * Adds up sums over parts of the rows, in the order of the parts.
 *
 * @param partial [parts, width], or with two results [parts, 2 · width]: first all of the one.
 * @param results One tensor or two of width numbers each.
 */
export function sumParts(
  backend: WebgpuBackend,
  partial: TensorInfo,
  parts: number,
  width: number,
  results: readonly TensorInfo[],
): void {
  const [first, second] = results;
  dispatch(backend, {
    name: `sumParts${results.length}`,
    reads: { partial },
    writes: { first: first!, ...(second && { second }) },
    uniforms: { parts: int(parts), width: int(width) },
    threads: COLUMNS * SHARES,
    groups: inRow(Math.ceil((width * results.length) / COLUMNS)),
    code: () => `
var<workgroup> shares: array<f32, ${COLUMNS * SHARES}>;
fn main() {
  let lane = i32(localIndex) % ${COLUMNS};
  let share = i32(localIndex) / ${COLUMNS};
  let column = groupOf() * ${COLUMNS} + lane;
  let all = uniforms.width * ${results.length};
  var sum = 0.0;
  if (column < all) {
    for (var part = share; part < uniforms.parts; part += ${SHARES}) {
      sum += partial[part * all + column];
    }
  }
  shares[localIndex] = sum;
  workgroupBarrier();
  if (share == 0 && column < all) {
    for (var other = 1; other < ${SHARES}; other++) { sum += shares[other * ${COLUMNS} + lane]; }
    ${second ? "if (column >= uniforms.width) { second[column - uniforms.width] = sum; return; }" : ""}
    first[column] = sum;
  }
}`,
  });
}
