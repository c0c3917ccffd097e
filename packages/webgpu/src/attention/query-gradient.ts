import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { dispatch } from "../program";
import { made } from "../tensors";
import { type AttentionAttributes, type AttentionGradInputs, callUniforms, sizesOf } from "./call";
import {
  bases,
  extraReads,
  type Kind,
  kindName,
  matrixOf,
  reads,
  sharedBases,
  sharedCode,
  writeChunk,
} from "./code";
import { rowTermsCode } from "./row-terms";
import { chunksOf, TILE, tilesOf } from "./tiles";

/** The gradient of queries: a workgroup has TILE of them and goes over the keys that they may see. */
export function queryGradient(
  backend: WebgpuBackend,
  inputs: AttentionGradInputs,
  attrs: AttentionAttributes,
  kind: Kind,
  terms: TensorInfo,
): TensorInfo {
  const { query, key, value, dy } = inputs;
  const { batch, heads, queries, headDim } = sizesOf(inputs, attrs);
  const dQuery = made(backend, query.shape);
  const chunks = chunksOf("sum", headDim);
  dispatch(backend, {
    name: `attentionQueryGradient${chunks.length}_${kindName(kind)}`,
    reads: { query, key, value, dy, terms, ...extraReads(kind) },
    writes: { dQuery },
    types: { extra: "u32" },
    uniforms: { ...callUniforms(inputs, attrs), ...kind.extras.uniforms },
    threads: tiles.threads,
    groups: [Math.ceil(queries / TILE), heads, batch],
    code: () => gradientCode(chunks, kind),
  });
  return dQuery;
}

const tiles = tilesOf(4);

function gradientCode(chunks: string[], kind: Kind): string {
  const to = { tensor: "dQuery", base: "queryBase", step: "q", rows: "queries", width: "headDim" };
  return `
${sharedCode(tiles, kind, true)}
${rowTermsCode}
var<workgroup> span: vec2<i32>;
fn main() {
  let tx = i32(localIndex) % 8;
  let ty = i32(localIndex) / 8;
  let b = i32(workgroupId.z);
  let h = i32(workgroupId.y);
  let kvHead = h / (uniforms.heads / uniforms.kvHeads);
  let first = i32(workgroupId.x) * ${TILE};
  let row = first + ty * 4;${bases}${sharedBases}
  if (localIndex == 0u) { span = keysOf(first); }
  let seen = workgroupUniformLoad(&span);
  ${chunks.map((chunk) => `var ${chunk} = ${tiles.vectors}();`).join(" ")}
  for (var key0 = seen.x; key0 < seen.y; key0 += ${TILE}) {
    ${matrixOf(tiles, "s", [reads.query, "first"], [reads.key, "key0"], "headDim")}
    ${matrixOf(tiles, "d", [reads.dy, "first"], [reads.value, "key0"], "valueDim")}
    ${tiles.each("s[r][c] = scoreGradient(b, h, row + r, key0 + tx * 4 + c, s[r][c], d[r][c]);")}
    ${tiles.intoPairs("s")}
    ${chunks.map((chunk, n) => tiles.multiplyPairs(chunk, reads.key, "key0", n * TILE)).join("\n")}
  }
  ${chunks.map((chunk, n) => writeChunk(tiles, to, n, `${chunk}[r][c] * uniforms.scale`)).join("\n  ")}
}`;
}
