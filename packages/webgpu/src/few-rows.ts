import { type MapKind, mapCode } from "./map-code";

/** Columns of a workgroup. */
export const COLUMNS = 16;
/** Threads that share the inner axis of each. */
const SHARES = 16;

/**
 * Linear maps of a few rows, of which a tile would be mostly empty: as in decoding, the work is to read
 * the weights. A workgroup has some columns; its threads share the inner axis, so that neighbours read
 * weights that lie together, and each weight is read once for four rows.
 *
 * @param rows Of a workgroup: 1 or 4.
 */
export function fewRowsCode(kind: MapKind, rows: 1 | 4): string {
  const type = rows === 1 ? "f32" : "vec4<f32>";
  const numbers = Array.from({ length: rows }, (_, r) => r);
  const reads = numbers.map((r) => `readX(row0 + ${r}, k)`).join(", ");
  return `
${mapCode(kind)}
var<workgroup> ofShares: array<${type}, ${COLUMNS * SHARES}>;
fn readX(row: i32, k: i32) -> f32 {
  return x[min(row, uniforms.rows - 1) * uniforms.inner + k];
}
fn main() {
  let lane = i32(localIndex) % ${COLUMNS};
  let share = i32(localIndex) / ${COLUMNS};
  let column = pick(i32(workgroupId.x)) * ${COLUMNS} + lane;
  let row0 = i32(workgroupId.y) * ${rows};
  var part = ${type}();
  if (column < columns) {
    for (var k = share; k < uniforms.inner; k += ${SHARES}) {
      part += weight(k, column) * ${type}(${reads});
    }
  }
  ofShares[localIndex] = part;
  workgroupBarrier();
  for (var n = ${SHARES / 2}; n > 0; n = n / 2) {
    if (share < n) { ofShares[localIndex] += ofShares[localIndex + u32(n * ${COLUMNS})]; }
    workgroupBarrier();
  }
  let row = row0 + share;
  if (share < ${rows} && row < uniforms.rows && column < columns) {
    writeSum(row, column, ofShares[lane]${rows === 1 ? "" : "[share]"});
  }
}`;
}
