import { RANDOM_BITS } from "../random-bits";
import { type Extras, extrasCode } from "./extras";
import { type Read, TILE, type Tiles } from "./tiles";

/** What of a call its programs depend on. */
export interface Kind {
  readonly extras: Extras;
  /** Without bias, masks that are tensors and dropout. */
  readonly isPlain: boolean;
}

/** For the names of programs. */
export const kindName = ({ isPlain }: Kind) => (isPlain ? "plain" : "full");

/** What programs read beside their tensors. */
export const extraReads = ({ extras, isPlain }: Kind) => (isPlain ? {} : { extra: extras.tensor });

/** Below every score that counts: of a key that is not seen, and none so far. */
export const NONE = "-3.0e38";

/** Reads of a head's rows: `readQuery(base, row, feature)` and so on, 0 beyond the tensor. */
function reader(name: string, tensor: string, rows: string, step: string, width: string): string {
  return `
fn ${name}(base: i32, row: i32, feature: i32) -> f32 {
  if (row < uniforms.${rows} && feature < uniforms.${width}) {
    return ${tensor}[base + row * uniforms.${step}Row + feature];
  }
  return 0.0;
}`;
}

/** `scoreOf(b, h, i, j, product)`, NONE where a key is not seen, and `dropoutOf(b, h, i, j)`. */
export function scoreCode({ isPlain }: Kind): string {
  return `
${extrasCode(isPlain)}
${isPlain ? "" : RANDOM_BITS}
fn dropoutOf(b: i32, h: i32, i: i32, j: i32) -> f32 {
  ${
    isPlain
      ? ""
      : `if (uniforms.threshold > 0u) {
    // By which of all scores it is.
    let row = (u32(b) * u32(uniforms.heads) + u32(h)) * u32(uniforms.queries) + u32(i);
    return dropoutScale(row * u32(uniforms.keys) + u32(j));
  }`
  }
  return 1.0;
}
fn scoreOf(b: i32, h: i32, i: i32, j: i32, product: f32) -> f32 {
  if (!isAllowed(b, h, i, j)) { return ${NONE}; }
  let score = product * uniforms.scale + biasOf(b, h, i, j);
  // A bias of −∞ hides as a mask does.
  return select(score, ${NONE}, score < ${NONE});
}`;
}

/** Functions and variables that all programs of attention by tiles share. */
export function sharedCode(tiles: Tiles, kind: Kind, hasDy: boolean): string {
  return `
${tiles.declarations}
${scoreCode(kind)}
${reader("readQuery", "query", "queries", "q", "headDim")}
${reader("readKey", "key", "keys", "k", "headDim")}
${reader("readValue", "value", "keys", "v", "valueDim")}
${hasDy ? reader("readDy", "dy", "queries", "o", "valueDim") : ""}
/** First and last keys, by place, that queries from one on may see: TILE of them. */
fn keysOf(query: i32) -> vec2<i32> {
  let place = query + uniforms.keys - uniforms.queries;
  let last = place + min(${TILE}, uniforms.queries - query);
  let end = min(min(uniforms.keys, last + uniforms.after), max(last, uniforms.prefix));
  return vec2<i32>(max(0, place - uniforms.before) / ${TILE} * ${TILE}, end);
}
/** First and last queries, by place, that may see keys from one on: TILE of them. */
fn queriesOf(key: i32) -> vec2<i32> {
  let ahead = uniforms.keys - uniforms.queries;
  let last = min(key + ${TILE}, uniforms.keys) - 1;
  var first = key - uniforms.after - ahead;
  if (key >= uniforms.prefix) { first = max(first, key - ahead); }
  let end = min(uniforms.queries, last + uniforms.before - ahead + 1);
  return vec2<i32>(max(0, first) / ${TILE} * ${TILE}, end);
}`;
}

/** Where a head's numbers begin. */
export const bases = `
  let queryBase = b * uniforms.qBatch + h * uniforms.qHead;
  let dyBase = b * uniforms.oBatch + h * uniforms.oHead;`;
export const sharedBases = `
  let keyBase = b * uniforms.kBatch + kvHead * uniforms.kHead;
  let valueBase = b * uniforms.vBatch + kvHead * uniforms.vHead;`;

export const reads: Record<"query" | "key" | "value" | "dy", Read> = {
  query: (row, feature) => `readQuery(queryBase, ${row}, ${feature})`,
  key: (row, feature) => `readKey(keyBase, ${row}, ${feature})`,
  value: (row, feature) => `readValue(valueBase, ${row}, ${feature})`,
  dy: (row, feature) => `readDy(dyBase, ${row}, ${feature})`,
};

/** Products over all features of rows of both sides, into a thread's vectors. */
export function matrixOf(
  tiles: Tiles,
  name: string,
  [readOwn, ownFirst]: readonly [Read, string],
  [readOther, otherFirst]: readonly [Read, string],
  features: string,
): string {
  return `
    var ${name} = ${tiles.vectors}();
    for (var f0 = 0; f0 < uniforms.${features}; f0 += ${TILE}) {
      ${tiles.load(readOwn, ownFirst, readOther, otherFirst, "f0")}
      ${tiles.multiply(name)}
    }`;
}

/** Where a thread's sums of some features go, row by row; `value` says what from `r` and `c`. */
export function writeChunk(
  tiles: Tiles,
  to: { tensor: string; base: string; step: string; rows: string; width: string },
  chunk: number,
  value: string,
): string {
  return tiles.each(`
    let f = ${chunk * TILE} + tx * 4 + c;
    if (row + r < uniforms.${to.rows} && f < uniforms.${to.width}) {
      ${to.tensor}[${to.base} + (row + r) * uniforms.${to.step}Row + f] = ${value};
    }`);
}
