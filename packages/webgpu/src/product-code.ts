/** A product of matrices as WGSL sees it: where its numbers come from, and where they go. */
export interface ProductCode {
  readonly tile: 64 | 128;
  /** Whether rows of a, and columns of b, lie together rather than the inner axis; and so on. */
  readonly transposedA: boolean;
  readonly transposedB: boolean;
  /** Whether workgroups share the inner axis, by z. */
  readonly isSplit: boolean;
  /** Whether `columnTotals` takes the sums of b's columns. */
  readonly withColumnSums: boolean;
  /** What the expressions below use. */
  readonly declarations: string;
  /** Statements before all else; they may say what the expressions below are about. */
  readonly begin: string;
  /** Which of its matrix's tiles, across, the workgroup has. */
  readonly tileAcross: string;
  readonly columns: string;
  /** An element of a, of b, that is there. */
  a(row: string, k: string): string;
  b(k: string, column: string): string;
  /** Statements that take the sum of a place that is there. */
  write(row: string, column: string, sum: string): string;
}

/** Of the inner axis, so much is in workgroup memory at a time. */
const DEPTH = 16;

/**
 * A workgroup of 16 by 16 threads has a tile of the product; each thread has 4 by 4 numbers of it, or
 * of a tile of 128 two by two such squares, 64 apart. Tiles of both factors lie in workgroup memory
 * with the inner axis outside, in vectors of four rows or columns, so a step of the inner axis is two
 * reads (four) of a vector for 16 multiply-adds (64). Loads follow whatever axis lies together.
 */
export function productCode(product: ProductCode): string {
  const { tile, transposedA, transposedB, columns, isSplit, withColumnSums } = product;
  /** Vectors of four along a side of the tile, and of a thread. */
  const [vectors, own] = [tile / 4, tile / 64];
  const line = vectors + 1;
  const share = isSplit ? "uniforms.share" : "uniforms.inner";
  return `
${product.declarations}
var<workgroup> ofA: array<vec4<f32>, ${DEPTH * line}>;
var<workgroup> ofB: array<vec4<f32>, ${DEPTH * line}>;
fn readA(row: i32, k: i32, end: i32) -> f32 {
  if (row < uniforms.rows && k < end) { return ${product.a("row", "k")}; }
  return 0.0;
}
fn readB(column: i32, k: i32, end: i32) -> f32 {
  if (column < ${columns} && k < end) { return ${product.b("k", "column")}; }
  return 0.0;
}
fn main() {
  ${product.begin}
  let tx = i32(localIndex) % 16;
  let ty = i32(localIndex) / 16;
  let row0 = i32(workgroupId.y) * ${tile};
  let column0 = ${product.tileAcross} * ${tile};
  let begin = ${isSplit ? "i32(workgroupId.z) * uniforms.share" : "0"};
  let end = ${isSplit ? "min(begin + uniforms.share, uniforms.inner)" : "uniforms.inner"};
  // Of each row four columns, and of a wide tile the square beside it.
  var products = array<vec4<f32>, ${16 * own * own}>();
  ${withColumnSums ? `var columnSums = array<vec4<f32>, ${own}>();` : ""}
  for (var k0 = 0; k0 < ${share}; k0 += ${DEPTH}) {
    workgroupBarrier();
    for (var n = i32(localIndex); n < ${DEPTH * vectors}; n += 256) {
      ${load("ofA", "readA", "row0", transposedA, vectors, line)}
      ${load("ofB", "readB", "column0", !transposedB, vectors, line)}
    }
    workgroupBarrier();
    for (var k = 0; k < ${DEPTH}; k++) {
      for (var j = 0; j < ${own}; j++) {
        let y = ofB[k * ${line} + j * 16 + tx];
        for (var i = 0; i < ${own}; i++) {
          let x = ofA[k * ${line} + i * 16 + ty];
          for (var r = 0; r < 4; r++) { products[(i * ${own} + j) * 4 + r] += x[r] * y; }
        }
        ${withColumnSums ? "if (workgroupId.y == 0u && ty == 0) { columnSums[j] += y; }" : ""}
      }
    }
  }
  for (var i = 0; i < ${own}; i++) {
    for (var r = 0; r < 4; r++) {
      let row = row0 + i * 64 + ty * 4 + r;
      for (var j = 0; j < ${own}; j++) {
        for (var c = 0; c < 4; c++) {
          let column = column0 + j * 64 + tx * 4 + c;
          if (row < uniforms.rows && column < ${columns}) {
            ${product.write("row", "column", `products[(i * ${own} + j) * 4 + r][c]`)}
          }
        }
      }
    }
  }
  ${withColumnSums ? writeColumnSums(own) : ""}
}`;
}

/** A vector of four rows (or columns) at one place of the inner axis. */
function load(
  to: string,
  read: string,
  first: string,
  liesAlongSide: boolean,
  vectors: number,
  line: number,
): string {
  const [side, k] = liesAlongSide
    ? [`n % ${vectors}`, `n / ${vectors}`]
    : [`n / ${DEPTH}`, `n % ${DEPTH}`];
  return `{
        let side = ${side};
        let k = ${k};
        var v = vec4<f32>();
        for (var c = 0; c < 4; c++) { v[c] = ${read}(${first} + side * 4 + c, begin + k0 + k, end); }
        ${to}[k * ${line} + side] = v;
      }`;
}

const writeColumnSums = (own: number) => `
  if (workgroupId.y == 0u && ty == 0) {
    for (var j = 0; j < ${own}; j++) {
      for (var c = 0; c < 4; c++) {
        let column = column0 + j * 64 + tx * 4 + c;
        if (column < uniforms.columns) {
          columnTotals[i32(workgroupId.z) * uniforms.columns + column] = columnSums[j][c];
        }
      }
    }
  }`;
