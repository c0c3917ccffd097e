import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { dispatch, inRow, int } from "../program";
import { made } from "../tensors";
import {
  type AttentionAttributes,
  type AttentionInputs,
  type AttentionResults,
  callUniforms,
  sizesOf,
} from "./call";
import { extraReads, type Kind, kindName, NONE, scoreCode } from "./code";

/** Queries of a row up to which a tile of them would be mostly empty. */
const FEW = 8;
const THREADS = 128;
/** Keys of a workgroup, and threads that share the features of one. */
const [KEYS, LANES] = [256, 8];
/** Features at a time, of which each has some threads that share the keys. */
const [FEATURES, SHARES] = [32, 4];

export function suitsFewQueries(
  backend: WebgpuBackend,
  inputs: AttentionInputs,
  attrs: AttentionAttributes,
): boolean {
  const { queries, batch } = sizesOf(inputs, attrs);
  const limit = backend.device.limits.maxComputeWorkgroupsPerDimension;
  return queries <= FEW && batch * queries <= limit;
}

/**
 * Attention of few queries to many keys, as in decoding: a workgroup has one query of one head and
 * KEYS keys, so that all of a GPU has work however few queries there are. Where keys are more, each
 * workgroup leaves what it has added up below its own highest score, and a second program joins them.
 *
 * @see Dao et al. 2023, Flash-Decoding, https://pytorch.org/blog/flash-decoding/
 */
export function attendFewQueries(
  backend: WebgpuBackend,
  inputs: AttentionResults,
  attrs: AttentionAttributes,
  kind: Kind,
): void {
  const { query, key, value, output, logSumExp } = inputs;
  const { batch, heads, queries, keys, valueDim } = sizesOf(inputs, attrs);
  const parts = Math.ceil(keys / KEYS);
  const results = { output, logSumExp };
  const rows = batch * heads * queries;
  const partial = parts > 1 ? made(backend, [rows, parts, 2 + valueDim]) : undefined;
  const uniforms = { ...callUniforms(inputs, attrs), ...kind.extras.uniforms, parts: int(parts) };
  dispatch(backend, {
    name: `attentionFewQueries${partial ? "InParts" : ""}_${kindName(kind)}`,
    reads: { query, key, value, ...extraReads(kind) },
    writes: partial ? { partial } : results,
    types: { extra: "u32" },
    uniforms,
    threads: THREADS,
    reduces: "f32",
    groups: [parts, heads, batch * queries],
    code: () => partCode(kind, partial !== undefined),
  });
  if (!partial) return;
  joinParts(backend, partial, results, { ...uniforms, rows: int(rows) }, rows);
  backend.disposeData(partial.dataId);
}

function partCode(kind: Kind, isPart: boolean): string {
  return `
${scoreCode(kind)}
${resultCode(!isPart)}
var<workgroup> products: array<f32, ${KEYS * LANES}>;
var<workgroup> weights: array<f32, ${KEYS}>;
var<workgroup> sums: array<f32, ${THREADS}>;
fn main() {
  let me = i32(localIndex);
  let h = i32(workgroupId.y);
  let b = i32(workgroupId.z) / uniforms.queries;
  let i = i32(workgroupId.z) % uniforms.queries;
  let kvHead = h / (uniforms.heads / uniforms.kvHeads);
  let queryBase = b * uniforms.qBatch + h * uniforms.qHead + i * uniforms.qRow;
  let keyBase = b * uniforms.kBatch + kvHead * uniforms.kHead;
  let valueBase = b * uniforms.vBatch + kvHead * uniforms.vHead;
  let key0 = i32(workgroupId.x) * ${KEYS};
  let lane = me % ${LANES};
  for (var n = me / ${LANES}; n < ${KEYS}; n += ${THREADS / LANES}) {
    var product = 0.0;
    if (isAllowed(b, h, i, key0 + n)) {
      let at = keyBase + (key0 + n) * uniforms.kRow;
      for (var f = lane; f < uniforms.headDim; f += ${LANES}) {
        product += query[queryBase + f] * key[at + f];
      }
    }
    products[n * ${LANES} + lane] = product;
  }
  workgroupBarrier();
  var highest = ${NONE};
  for (var n = me; n < ${KEYS}; n += ${THREADS}) {
    var product = 0.0;
    for (var m = 0; m < ${LANES}; m++) { product += products[n * ${LANES} + m]; }
    let score = scoreOf(b, h, i, key0 + n, product);
    weights[n] = score;
    highest = max(highest, score);
  }
  let top = maxOfGroup(highest);
  var part = 0.0;
  for (var n = me; n < ${KEYS}; n += ${THREADS}) {
    let weight = select(exp(weights[n] - top), 0.0, weights[n] == ${NONE});
    part += weight;
    weights[n] = weight * dropoutOf(b, h, i, key0 + n);
  }
  // A barrier: then all weights are there.
  let total = sumOfGroup(part);
  let row = (b * uniforms.heads + h) * uniforms.queries + i;
  let count = min(${KEYS}, uniforms.keys - key0);
  for (var f0 = 0; f0 < uniforms.valueDim; f0 += ${FEATURES}) {
    let f = f0 + me % ${FEATURES};
    var sum = 0.0;
    if (f < uniforms.valueDim) {
      for (var n = me / ${FEATURES}; n < count; n += ${SHARES}) {
        // Selected: what a key holds that is not seen is no matter.
        let seen = weights[n];
        if (seen != 0.0) { sum += seen * value[valueBase + (key0 + n) * uniforms.vRow + f]; }
      }
    }
    sums[me] = sum;
    workgroupBarrier();
    if (me < ${FEATURES} && f < uniforms.valueDim) {
      for (var m = 1; m < ${SHARES}; m++) { sum += sums[m * ${FEATURES} + me]; }
      ${
        isPart
          ? "partial[(row * uniforms.parts + i32(workgroupId.x)) * (2 + uniforms.valueDim) + 2 + f] = sum;"
          : "writeFeature(row, f, sum, total);"
      }
    }
    workgroupBarrier();
  }
  if (me == 0) {
    ${
      isPart
        ? `let at = (row * uniforms.parts + i32(workgroupId.x)) * (2 + uniforms.valueDim);
    partial[at] = top;
    partial[at + 1] = total;`
        : "writeLogSum(row, top, total);"
    }
  }
}`;
}

/** A thread joins what all parts say of one feature. */
function joinParts(
  backend: WebgpuBackend,
  partial: TensorInfo,
  results: Record<"output" | "logSumExp", TensorInfo>,
  uniforms: ReturnType<typeof callUniforms>,
  rows: number,
): void {
  dispatch(backend, {
    name: "attentionJoinParts",
    reads: { partial },
    writes: results,
    uniforms,
    threads: FEATURES,
    groups: inRow(rows),
    code: () => `
${resultCode(true)}
fn main() {
  let row = groupOf();
  if (row >= uniforms.rows) { return; }
  let line = 2 + uniforms.valueDim;
  let first = row * uniforms.parts * line;
  var top = ${NONE};
  for (var n = 0; n < uniforms.parts; n++) { top = max(top, partial[first + n * line]); }
  var total = 0.0;
  for (var n = 0; n < uniforms.parts; n++) {
    total += partial[first + n * line + 1] * exp(partial[first + n * line] - top);
  }
  for (var f = i32(localIndex); f < uniforms.valueDim; f += ${FEATURES}) {
    var sum = 0.0;
    for (var n = 0; n < uniforms.parts; n++) {
      let at = first + n * line;
      sum += partial[at + 2 + f] * exp(partial[at] - top);
    }
    writeFeature(row, f, sum, total);
  }
  if (localIndex == 0u) { writeLogSum(row, top, total); }
}`,
  });
}

/** `writeFeature(row, f, sum, total)` and `writeLogSum(row, top, total)`: 0 and ∞ where nothing is seen. */
function resultCode(isThere: boolean): string {
  if (!isThere) return "";
  return `
fn writeFeature(row: i32, f: i32, sum: f32, total: f32) {
  let pair = row / uniforms.queries;
  let base = pair / uniforms.heads * uniforms.oBatch + pair % uniforms.heads * uniforms.oHead +
    row % uniforms.queries * uniforms.oRow;
  output[base + f] = select(0.0, sum / total, total > 0.0);
}
fn writeLogSum(row: i32, top: f32, total: f32) {
  let count = uniforms.batch * uniforms.heads * uniforms.queries;
  let seesNone = top == ${NONE};
  logSumExp[row] = select(top, uniforms.INFINITY, seesNone);
  logSumExp[count + row] = select(log(total), 0.0, seesNone);
}`;
}
