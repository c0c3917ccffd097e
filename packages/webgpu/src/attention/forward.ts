import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { dispatch } from "../program";
import { made } from "../tensors";
import {
  type AttentionAttributes,
  type AttentionInputs,
  type AttentionResults,
  callUniforms,
  headsFirst,
  sizesOf,
} from "./call";
import {
  extraReads,
  type Kind,
  kindName,
  matrixOf,
  NONE,
  reads,
  sharedBases,
  sharedCode,
  writeChunk,
} from "./code";
import { attendFewQueries, suitsFewQueries } from "./few-queries";
import { chunksOf, TILE, tilesOf } from "./tiles";

/** Output and logSumExp, by the programs that suit the number of queries. */
export function attentionForward(
  backend: WebgpuBackend,
  inputs: AttentionInputs,
  attrs: AttentionAttributes,
  kind: Kind,
): [output: TensorInfo, logSumExp: TensorInfo] {
  const { batch, heads, queries, valueDim } = sizesOf(inputs, attrs);
  const output = made(backend, headsFirst([batch, heads, queries, valueDim], attrs.layout));
  const logSumExp = made(backend, [2, batch, heads, queries]);
  const run = suitsFewQueries(backend, inputs, attrs) ? attendFewQueries : attendByTiles;
  run(backend, { ...inputs, output, logSumExp }, attrs, kind);
  return [output, logSumExp];
}

/**
 * A workgroup has TILE queries of a head and goes over the keys that any of them
 * may see by its place, TILE at a time; it keeps each query's highest score so far and the sums below
 * it, and lowers what it has added up whenever a higher score comes.
 *
 * @see Dao 2023, FlashAttention-2, §3.1, https://arxiv.org/abs/2307.08691
 */
function attendByTiles(
  backend: WebgpuBackend,
  inputs: AttentionResults,
  attrs: AttentionAttributes,
  kind: Kind,
): void {
  const { query, key, value, output, logSumExp } = inputs;
  const { batch, heads, queries, valueDim } = sizesOf(inputs, attrs);
  const chunks = chunksOf("sum", valueDim);
  dispatch(backend, {
    name: `attention${chunks.length}_${kindName(kind)}`,
    reads: { query, key, value, ...extraReads(kind) },
    writes: { output, logSumExp },
    types: { extra: "u32" },
    uniforms: { ...callUniforms(inputs, attrs), ...kind.extras.uniforms },
    threads: tiles.threads,
    groups: [Math.ceil(queries / TILE), heads, batch],
    code: () => forwardCode(chunks, kind),
  });
}

const tiles = tilesOf(4);
const { each, eachRow, vectors } = tiles;

function forwardCode(chunks: string[], kind: Kind): string {
  const to = {
    tensor: "output",
    base: "outputBase",
    step: "o",
    rows: "queries",
    width: "valueDim",
  };
  // Selected: whatever the values are, a row that sees none is 0.
  const write = (chunk: string, n: number) =>
    writeChunk(tiles, to, n, `select(${chunk}[r][c] / total[r], 0.0, top[r] == ${NONE})`);
  return `
${sharedCode(tiles, kind, false)}
var<workgroup> ofThreads: array<f32, ${TILE * 8}>;
var<workgroup> span: vec2<i32>;
fn main() {
  let tx = i32(localIndex) % 8;
  let ty = i32(localIndex) / 8;
  let b = i32(workgroupId.z);
  let h = i32(workgroupId.y);
  let kvHead = h / (uniforms.heads / uniforms.kvHeads);
  let first = i32(workgroupId.x) * ${TILE};
  let row = first + ty * 4;
  let queryBase = b * uniforms.qBatch + h * uniforms.qHead;
  let outputBase = b * uniforms.oBatch + h * uniforms.oHead;${sharedBases}
  if (localIndex == 0u) { span = keysOf(first); }
  let seen = workgroupUniformLoad(&span);
  var top = vec4<f32>(${NONE});
  var total = vec4<f32>();
  ${chunks.map((chunk) => `var ${chunk} = ${vectors}();`).join(" ")}
  for (var key0 = seen.x; key0 < seen.y; key0 += ${TILE}) {
    ${matrixOf(tiles, "s", [reads.query, "first"], [reads.key, "key0"], "headDim")}
    let j = key0 + tx * 4;
    ${each("s[r][c] = scoreOf(b, h, row + r, j + c, s[r][c]);")}
    ${eachRow(`
      let v = s[r];
      ofThreads[(ty * 4 + r) * 8 + tx] = max(max(v.x, v.y), max(v.z, v.w));`)}
    workgroupBarrier();
    ${eachRow(`
      var higher = top[r];
      for (var n = 0; n < 8; n++) { higher = max(higher, ofThreads[(ty * 4 + r) * 8 + n]); }
      let lowered = exp(top[r] - higher);
      top[r] = higher;
      s[r] = select(exp(s[r] - higher), vec4<f32>(), s[r] == vec4<f32>(${NONE}));
      total[r] = total[r] * lowered + dot(s[r], vec4<f32>(1.0));
      ${!kind.isPlain ? "for (var c = 0; c < 4; c++) { s[r][c] *= dropoutOf(b, h, row + r, j + c); }" : ""}
      ${chunks.map((chunk) => `${chunk}[r] *= lowered;`).join(" ")}`)}
    ${tiles.intoPairs("s")}
    ${chunks.map((chunk, n) => tiles.multiplyPairs(chunk, reads.value, "key0", n * TILE)).join("\n")}
  }
  workgroupBarrier();
  ${eachRow("ofThreads[(ty * 4 + r) * 8 + tx] = total[r];")}
  workgroupBarrier();
  let count = uniforms.batch * uniforms.heads * uniforms.queries;
  ${eachRow(`
    total[r] = 0.0;
    for (var n = 0; n < 8; n++) { total[r] += ofThreads[(ty * 4 + r) * 8 + n]; }
    if (tx == 0 && row + r < uniforms.queries) {
      let at = (b * uniforms.heads + h) * uniforms.queries + row + r;
      let seesNone = top[r] == ${NONE};
      logSumExp[at] = select(top[r], uniforms.INFINITY, seesNone);
      logSumExp[count + at] = select(log(total[r]), 0.0, seesNone);
    }`)}
  ${chunks.map(write).join("\n  ")}
}`;
}
