/** Rows of a tile on either side, and features that are in workgroup memory at a time. */
export const TILE = 32;

/** Where a tile's element comes from: WGSL for a row and a feature, 0 beyond the tensor. */
export type Read = (row: string, feature: string) => string;

/**
 * WGSL for products of tiles, from which all programs of attention are made. A workgroup owns TILE
 * rows (queries; for the gradients of keys and values, keys) and meets TILE others at a time. Each
 * thread has some of its own rows and four of the others, so of scores it holds `rows` vectors of
 * four, and of a result, whose features are shared out over threads, as many for each TILE features.
 *
 * What is multiplied passes through three tiles of 4.5 KB: `own` and `other`, some features of both
 * sides, and `pairs`, a matrix of the one by the other. Lines are padded against bank conflicts.
 *
 * Loops over a thread's few rows and columns have constant bounds, so that compilers for GPUs unroll
 * them and keep the arrays in registers; written out, emulated GPUs would compile for minutes.
 *
 * @param rows Rows of a thread, 2 or 4: fewer hold fewer registers, with more threads.
 */
export function tilesOf(rows: 2 | 4) {
  const threads = (TILE * TILE) / 4 / rows;
  const vector = `vec${rows}<f32>`;
  /** Vectors of a padded line. */
  const line = (TILE + 4) / rows;
  const tasks = (count: number, body: string) =>
    `for (var n = i32(localIndex); n < ${count}; n += ${threads}) { ${body} }`;
  const add = (sums: string) => `for (var r = 0; r < ${rows}; r++) { ${sums}[r] += a[r] * b; }`;
  return {
    rows,
    threads,
    /** A vector of four for each row of a thread; zeros. */
    vectors: `array<vec4<f32>, ${rows}>`,
    declarations: `
var<workgroup> own: array<${vector}, ${TILE * line}>;
var<workgroup> other: array<vec4<f32>, ${TILE * 9}>;
var<workgroup> pairs: array<${vector}, ${TILE * line}>;`,

    /** Statements for each row `r` of a thread. */
    eachRow: (body: string) => `for (var r = 0; r < ${rows}; r++) { ${body} }`,
    /** Statements for each row `r` and column `c` of a thread. */
    each: (body: string) =>
      `for (var r = 0; r < ${rows}; r++) { for (var c = 0; c < 4; c++) { ${body} } }`,

    /** Fills `own` and `other` with features from `feature` on of rows from a first one on. */
    load(readOwn: Read, ownFirst: string, readOther: Read, otherFirst: string, feature: string) {
      return `
      workgroupBarrier();
      ${tasks(
        (TILE * TILE) / rows,
        `let f = n % ${TILE}; let g = n / ${TILE};
        var v: ${vector};
        for (var r = 0; r < ${rows}; r++) { v[r] = ${readOwn(`${ownFirst} + g * ${rows} + r`, `${feature} + f`)}; }
        own[f * ${line} + g] = v;`,
      )}
      ${tasks(
        TILE * 8,
        `let f = n % ${TILE}; let g = n / ${TILE};
        var v: vec4<f32>;
        for (var c = 0; c < 4; c++) { v[c] = ${readOther(`${otherFirst} + g * 4 + c`, `${feature} + f`)}; }
        other[f * 9 + g] = v;`,
      )}
      workgroupBarrier();`;
    },

    /** Adds products of `own` and `other` to a thread's vectors. */
    multiply: (sums: string) => `
      for (var f = 0; f < ${TILE}; f++) {
        let a = own[f * ${line} + ty]; let b = other[f * 9 + tx];
        ${add(sums)}
      }`,

    /** The matrix of all threads' vectors into `pairs`. */
    intoPairs: (matrix: string) => `
      for (var c = 0; c < 4; c++) {
        var v: ${vector};
        for (var r = 0; r < ${rows}; r++) { v[r] = ${matrix}[r][c]; }
        pairs[(tx * 4 + c) * ${line} + ty] = v;
      }`,

    /** Adds products of `pairs` and some features of the other side's rows to a thread's vectors. */
    multiplyPairs: (sums: string, readOther: Read, otherFirst: string, feature: number) => `
      workgroupBarrier();
      ${tasks(
        TILE * 8,
        `let row = n / 8; let f = (n % 8) * 4 + ${feature};
        var v: vec4<f32>;
        for (var c = 0; c < 4; c++) { v[c] = ${readOther(`${otherFirst} + row`, "f + c")}; }
        other[row * 9 + n % 8] = v;`,
      )}
      workgroupBarrier();
      for (var k = 0; k < ${TILE}; k++) {
        let a = pairs[k * ${line} + ty]; let b = other[k * 9 + tx];
        ${add(sums)}
      }`,

    /** One number of `pairs`: of an own row and an other one. */
    pair: (ownRow: string, otherRow: string) =>
      `pairs[(${otherRow}) * ${line} + (${ownRow}) / ${rows}][(${ownRow}) % ${rows}]`,
  };
}

export type Tiles = ReturnType<typeof tilesOf>;

/** Names of a thread's sums, one for each TILE features of so many. */
export function chunksOf(name: string, features: number): string[] {
  return Array.from({ length: Math.ceil(features / TILE) }, (_, n) => `${name}${n}`);
}
