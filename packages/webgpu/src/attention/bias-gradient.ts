import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebgpuBackend } from "../backend";
import { dispatch, int } from "../program";
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
} from "./code";
import { rowTermsCode } from "./row-terms";
import { TILE, tilesOf } from "./tiles";

/**
 * The gradient of a bias: a workgroup has a tile of it and goes over all scores that it was added to,
 * in order, so that nothing has to be added up by atomics.
 */
export function biasGradient(
  backend: WebgpuBackend,
  inputs: AttentionGradInputs,
  attrs: AttentionAttributes,
  kind: Kind,
  terms: TensorInfo,
): TensorInfo {
  const { query, key, value, dy, bias } = inputs;
  const { batch, heads, queries, keys } = sizesOf(inputs, attrs);
  const { shape } = bias!;
  const own = [...Array(4 - shape.length).fill(1), ...shape] as [number, number, number, number];
  const [ownBatch, ownHeads, ownQueries, ownKeys] = own;
  const dBias = made(backend, shape);
  const sumsRows = ownQueries === 1;
  const sumsColumns = ownKeys === 1;
  const [down, across] = [Math.ceil(queries / TILE), Math.ceil(keys / TILE)];
  const [ownDown, ownAcross] = [sumsRows ? 1 : down, sumsColumns ? 1 : across];
  dispatch(backend, {
    name: `attentionBiasGradient_${kindName(kind)}`,
    reads: { query, key, value, dy, terms, ...extraReads(kind) },
    writes: { dBias },
    types: { extra: "u32" },
    uniforms: {
      ...callUniforms(inputs, attrs),
      ...kind.extras.uniforms,
      sumsRows: int(Number(sumsRows)),
      sumsColumns: int(Number(sumsColumns)),
      ownAcross: int(ownAcross),
      // How many of each a workgroup adds up.
      batches: int(batch / ownBatch),
      headCount: int(heads / ownHeads),
      down: int(down / ownDown),
      across: int(across / ownAcross),
    },
    threads: tiles.threads,
    groups: [ownDown * ownAcross, ownHeads, ownBatch],
    code: () => gradientCode(kind),
  });
  return dBias;
}

const tiles = tilesOf(4);
function gradientCode(kind: Kind): string {
  return `
${sharedCode(tiles, kind, true)}
${rowTermsCode}
fn biasAt(i: i32, j: i32) -> i32 {
  return i32(workgroupId.z) * uniforms.biasBatch + i32(workgroupId.y) * uniforms.biasHead +
    i * uniforms.biasQuery + j * uniforms.biasKey;
}
fn main() {
  let tx = i32(localIndex) % 8;
  let ty = i32(localIndex) / 8;
  let tileDown = i32(workgroupId.x) / uniforms.ownAcross;
  let tileAcross = i32(workgroupId.x) % uniforms.ownAcross;
  var sums = ${tiles.vectors}();
  for (var n = 0; n < uniforms.batches * uniforms.headCount; n++) {
    let b = i32(workgroupId.z) + n / uniforms.headCount;
    let h = i32(workgroupId.y) + n % uniforms.headCount;
    let kvHead = h / (uniforms.heads / uniforms.kvHeads);${bases}${sharedBases}
    for (var m = 0; m < uniforms.down * uniforms.across; m++) {
      let first = (tileDown + m / uniforms.across) * ${TILE};
      let key0 = (tileAcross + m % uniforms.across) * ${TILE};
      ${matrixOf(tiles, "s", [reads.query, "first"], [reads.key, "key0"], "headDim")}
      ${matrixOf(tiles, "d", [reads.dy, "first"], [reads.value, "key0"], "valueDim")}
      ${tiles.each(
        "sums[r][c] += scoreGradient(b, h, first + ty * 4 + r, key0 + tx * 4 + c, s[r][c], d[r][c]);",
      )}
    }
  }
  ${tiles.intoPairs("sums")}
  workgroupBarrier();
  ${writeCode}
}`;
}

const { pair } = tiles;

/** From `pairs` into the bias, added up along what it was broadcast along. */
const writeCode = `
  let down0 = tileDown * ${TILE};
  let across0 = tileAcross * ${TILE};
  if (uniforms.sumsRows + uniforms.sumsColumns == 2) {
    if (localIndex == 0u) {
      var whole = 0.0;
      for (var n = 0; n < ${TILE * TILE}; n++) { whole += ${pair(`n % ${TILE}`, `n / ${TILE}`)}; }
      dBias[biasAt(0, 0)] = whole;
    }
  } else if (uniforms.sumsRows + uniforms.sumsColumns == 0) {
    for (var n = i32(localIndex); n < ${TILE * TILE}; n += ${tiles.threads}) {
      let i = down0 + n / ${TILE};
      let j = across0 + n % ${TILE};
      if (i < uniforms.queries && j < uniforms.keys) {
        dBias[biasAt(i, j)] = ${pair(`n / ${TILE}`, `n % ${TILE}`)};
      }
    }
  } else {
    let isRow = uniforms.sumsRows == 1;
    let mine = i32(localIndex);
    let i = select(down0 + mine, 0, isRow);
    let j = select(0, across0 + mine, isRow);
    if (mine < ${TILE} && i < uniforms.queries && j < uniforms.keys) {
      var whole = 0.0;
      for (var n = 0; n < ${TILE}; n++) {
        whole += ${pair("select(mine, n, isRow)", "select(n, mine, isRow)")};
      }
      dBias[biasAt(i, j)] = whole;
    }
  }`;
