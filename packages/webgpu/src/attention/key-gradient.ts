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
import { chunksOf, TILE, type Tiles, tilesOf } from "./tiles";

/**
 * The gradients of keys and values: a workgroup has TILE keys of a key head and goes over the queries
 * of all its heads that may see them, so that nothing has to be added up by atomics.
 */
export function keyGradient(
  backend: WebgpuBackend,
  inputs: AttentionGradInputs,
  attrs: AttentionAttributes,
  kind: Kind,
  terms: TensorInfo,
): [dKey: TensorInfo, dValue: TensorInfo] {
  const { query, key, value, dy } = inputs;
  const { batch, kvHeads, keys, headDim, valueDim } = sizesOf(inputs, attrs);
  const [dKey, dValue] = [made(backend, key.shape), made(backend, value.shape)];
  const [ofKey, ofValue] = [chunksOf("keySum", headDim), chunksOf("valueSum", valueDim)];
  // Two results at once: for wide heads a thread has half the rows, and registers enough.
  const tiles = tilesOf(ofKey.length + ofValue.length > 4 ? 2 : 4);
  dispatch(backend, {
    name: `attentionKeyGradient${ofKey.length}_${ofValue.length}_${kindName(kind)}`,
    reads: { query, key, value, dy, terms, ...extraReads(kind) },
    writes: { dKey, dValue },
    types: { extra: "u32" },
    uniforms: { ...callUniforms(inputs, attrs), ...kind.extras.uniforms },
    threads: tiles.threads,
    groups: [Math.ceil(keys / TILE), kvHeads, batch],
    code: () => gradientCode(tiles, ofKey, ofValue, kind),
  });
  return [dKey, dValue];
}

function gradientCode(tiles: Tiles, ofKey: string[], ofValue: string[], kind: Kind): string {
  const { each, rows, vectors } = tiles;
  const toKey = { tensor: "dKey", base: "keyBase", step: "k", rows: "keys", width: "headDim" };
  const toValue = {
    tensor: "dValue",
    base: "valueBase",
    step: "v",
    rows: "keys",
    width: "valueDim",
  };
  return `
${sharedCode(tiles, kind, true)}
${rowTermsCode}
var<workgroup> span: vec2<i32>;
fn main() {
  let tx = i32(localIndex) % 8;
  let ty = i32(localIndex) / 8;
  let b = i32(workgroupId.z);
  let kvHead = i32(workgroupId.y);
  let first = i32(workgroupId.x) * ${TILE};
  let row = first + ty * ${rows};${sharedBases}
  if (localIndex == 0u) { span = queriesOf(first); }
  let seen = workgroupUniformLoad(&span);
  ${[...ofKey, ...ofValue].map((chunk) => `var ${chunk} = ${vectors}();`).join(" ")}
  let group = uniforms.heads / uniforms.kvHeads;
  for (var member = 0; member < group; member++) {
    let h = kvHead * group + member;${bases}
    for (var query0 = seen.x; query0 < seen.y; query0 += ${TILE}) {
      ${matrixOf(tiles, "s", [reads.key, "first"], [reads.query, "query0"], "headDim")}
      ${matrixOf(tiles, "d", [reads.value, "first"], [reads.dy, "query0"], "valueDim")}
      // Each product gives a weight, dropped as it was, and the gradient of a score.
      ${each(`
        let i = query0 + tx * 4 + c;
        let weight = weightOf(rowOf(b, h, i), scoreOf(b, h, i, row + r, s[r][c]));
        let scale = dropoutOf(b, h, i, row + r);
        s[r][c] = weight * scale;
        d[r][c] = select(weight * (d[r][c] * scale - termOf(rowOf(b, h, i))), 0.0, weight == 0.0);`)}
      ${tiles.intoPairs("s")}
      ${ofValue.map((chunk, n) => tiles.multiplyPairs(chunk, reads.dy, "query0", n * TILE)).join("\n")}
      workgroupBarrier();
      ${tiles.intoPairs("d")}
      ${ofKey.map((chunk, n) => tiles.multiplyPairs(chunk, reads.query, "query0", n * TILE)).join("\n")}
    }
  }
  ${ofKey.map((chunk, n) => writeChunk(tiles, toKey, n, `${chunk}[r][c] * uniforms.scale`)).join("\n  ")}
  ${ofValue.map((chunk, n) => writeChunk(tiles, toValue, n, `${chunk}[r][c]`)).join("\n  ")}
}`;
}
