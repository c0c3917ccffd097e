import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { dispatch, inRow, int } from "../program";
import { made } from "../tensors";
import { type AttentionAttributes, type AttentionGradInputs, callUniforms, sizesOf } from "./call";
import { NONE } from "./code";

/** Threads that share a row, and rows of a workgroup. */
const [LANES, ROWS] = [8, 8];

/**
 * What the gradients need of each query, in one buffer as programs have few: both parts of logSumExp,
 * and the product of the output with its gradient, [3, batch, heads, queries].
 *
 * @see Dao et al. 2022, FlashAttention, appendix B.2, https://arxiv.org/abs/2205.14135
 */
export function rowTerms(
  backend: WebgpuBackend,
  inputs: AttentionGradInputs,
  attrs: AttentionAttributes,
): TensorInfo {
  const { output, logSumExp, dy } = inputs;
  const { batch, heads, queries } = sizesOf(inputs, attrs);
  const rows = batch * heads * queries;
  const terms = made(backend, [3, rows]);
  dispatch(backend, {
    name: "attentionRowTerms",
    reads: { output, logSumExp, dy },
    writes: { terms },
    uniforms: { ...callUniforms(inputs, attrs), rows: int(rows) },
    threads: LANES * ROWS,
    groups: inRow(Math.ceil(rows / ROWS)),
    code: () => `
var<workgroup> sums: array<f32, ${LANES * ROWS}>;
fn main() {
  let lane = i32(localIndex) % ${LANES};
  let row = groupOf() * ${ROWS} + i32(localIndex) / ${LANES};
  let pair = row / uniforms.queries;
  let base = (pair / uniforms.heads) * uniforms.oBatch + (pair % uniforms.heads) * uniforms.oHead +
    (row % uniforms.queries) * uniforms.oRow;
  var sum = 0.0;
  if (row < uniforms.rows) {
    for (var f = lane; f < uniforms.valueDim; f += ${LANES}) { sum += output[base + f] * dy[base + f]; }
  }
  sums[localIndex] = sum;
  workgroupBarrier();
  if (lane == 0 && row < uniforms.rows) {
    for (var n = 1u; n < ${LANES}u; n++) { sum += sums[localIndex + n]; }
    terms[row] = logSumExp[row];
    terms[uniforms.rows + row] = logSumExp[uniforms.rows + row];
    terms[2 * uniforms.rows + row] = sum;
  }
}`,
  });
  return terms;
}

/**
 * `rowOf(b, h, i)`: a query's place in `terms`; `weightOf(row, score)`; `termOf(row)`: the last of the
 * three; and a score's gradient by its product of query and key, and by that of value and dy.
 */
export const rowTermsCode = `
fn rowOf(b: i32, h: i32, i: i32) -> i32 {
  return (b * uniforms.heads + h) * uniforms.queries + min(i, uniforms.queries - 1);
}
fn weightOf(row: i32, score: f32) -> f32 {
  // The highest goes off first: one sum of both parts would lose the rest's digits.
  let count = uniforms.batch * uniforms.heads * uniforms.queries;
  let weight = exp(score - terms[row] - terms[count + row]);
  return select(weight, 0.0, score == ${NONE});
}
fn termOf(row: i32) -> f32 {
  return terms[2 * uniforms.batch * uniforms.heads * uniforms.queries + row];
}
fn scoreGradient(b: i32, h: i32, i: i32, j: i32, product: f32, dWeight: f32) -> f32 {
  let row = rowOf(b, h, i);
  let weight = weightOf(row, scoreOf(b, h, i, j, product));
  return select(weight * (dWeight * dropoutOf(b, h, i, j) - termOf(row)), 0.0, weight == 0.0);
}`;
