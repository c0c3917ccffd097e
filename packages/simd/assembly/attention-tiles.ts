// The products inside attention: small, in registers, four rows by eight columns at a time. Where
// fewer rows are left, the last one stands in for those beyond and only the real ones are written.
import { madd, put, take } from "./common";
import { LANES, ROW } from "./attention-call";

/**
 * Turns up to eight rows into lanes: to[d] = rows[0..8][d] · factor. The last row stands in for those
 * beyond.
 */
export function packLanes(from: usize, step: usize, rows: i32, depth: i32, to: usize, factor: f32): void {
  const r0 = from;
  const r1 = rows > 1 ? r0 + step : r0, r2 = rows > 2 ? r1 + step : r1, r3 = rows > 3 ? r2 + step : r2;
  const r4 = rows > 4 ? r3 + step : r3, r5 = rows > 5 ? r4 + step : r4, r6 = rows > 6 ? r5 + step : r5;
  const r7 = rows > 7 ? r6 + step : r6;
  const by = f32x4.splat(factor);
  let d = 0;
  for (; d + 4 <= depth; d += 4) {
    const x = <usize>d << 2;
    turn(r0 + x, r1 + x, r2 + x, r3 + x, by, to);
    turn(r4 + x, r5 + x, r6 + x, r7 + x, by, to + 16);
    to += 4 * ROW;
  }
  for (; d < depth; d++) {
    const x = <usize>d << 2;
    store<f32>(to, load<f32>(r0 + x) * factor);
    store<f32>(to, load<f32>(r1 + x) * factor, 4);
    store<f32>(to, load<f32>(r2 + x) * factor, 8);
    store<f32>(to, load<f32>(r3 + x) * factor, 12);
    store<f32>(to, load<f32>(r4 + x) * factor, 16);
    store<f32>(to, load<f32>(r5 + x) * factor, 20);
    store<f32>(to, load<f32>(r6 + x) * factor, 24);
    store<f32>(to, load<f32>(r7 + x) * factor, 28);
    to += ROW;
  }
}

/** Four numbers of each of four rows to four lanes, four times. */
// @ts-ignore: decorator
@inline export function turn(r0: usize, r1: usize, r2: usize, r3: usize, factor: v128, to: usize): void {
  const a0 = v128.load(r0), a1 = v128.load(r1), a2 = v128.load(r2), a3 = v128.load(r3);
  const t0 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  v128.store(to, f32x4.mul(v128.shuffle<i64>(t0, t2, 0, 2), factor));
  v128.store(to, f32x4.mul(v128.shuffle<i64>(t0, t2, 1, 3), factor), 32);
  v128.store(to, f32x4.mul(v128.shuffle<i64>(t1, t3, 0, 2), factor), 64);
  v128.store(to, f32x4.mul(v128.shuffle<i64>(t1, t3, 1, 3), factor), 96);
}

/**
 * to[j] = Σ_d rows[j][d] · lanes[d] for count rows, or that added to what is there. Writes rows of
 * eight lanes, up to the next multiple of four of them.
 */
export function dots(
  rows: usize, step: usize, lanes: usize, depth: i32, count: i32, to: usize, add: bool,
): void {
  const zero = f32x4.splat(0);
  for (let j = 0; j < count; j += 4) {
    const left = count - j;
    let r0 = rows, r1 = left > 1 ? r0 + step : r0;
    let r2 = left > 2 ? r1 + step : r1, r3 = left > 3 ? r2 + step : r2;
    let c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero, c30 = zero, c31 = zero;
    if (add) {
      c00 = v128.load(to); c01 = v128.load(to, 16);
      c10 = v128.load(to, 32); c11 = v128.load(to, 48);
      c20 = v128.load(to, 64); c21 = v128.load(to, 80);
      c30 = v128.load(to, 96); c31 = v128.load(to, 112);
    }
    let b = lanes;
    for (let d = 0; d < depth; d++) {
      const x0 = v128.load(b), x1 = v128.load(b, 16);
      let s = v128.load_splat<f32>(r0);
      c00 = madd(s, x0, c00); c01 = madd(s, x1, c01);
      s = v128.load_splat<f32>(r1);
      c10 = madd(s, x0, c10); c11 = madd(s, x1, c11);
      s = v128.load_splat<f32>(r2);
      c20 = madd(s, x0, c20); c21 = madd(s, x1, c21);
      s = v128.load_splat<f32>(r3);
      c30 = madd(s, x0, c30); c31 = madd(s, x1, c31);
      b += ROW; r0 += 4; r1 += 4; r2 += 4; r3 += 4;
    }
    v128.store(to, c00); v128.store(to, c01, 16);
    v128.store(to, c10, 32); v128.store(to, c11, 48);
    v128.store(to, c20, 64); v128.store(to, c21, 80);
    v128.store(to, c30, 96); v128.store(to, c31, 112);
    rows += step << 2;
    to += 4 * ROW;
  }
}

/**
 * c[i] = c[i] · factors[i] + Σ_j weights[j][i] · b[j] for up to four rows i, each of width numbers.
 * weights are lanes, 32 bytes a step of j.
 *
 * @param tail The last width % 8 columns of b, by packTail; a row of it belongs to a row of b.
 * @param factors 0 for ones.
 */
export function mix(
  weights: usize, b: usize, step: usize, tail: usize, count: i32, width: i32, c: usize, cStep: usize,
  rows: i32, factors: usize,
): void {
  let column = 0;
  for (; column + 8 <= width; column += 8) {
    mixPanel(weights, b, step, count, 8, c, cStep, rows, factors);
    b += 32;
    c += 32;
  }
  if (column < width) mixPanel(weights, tail, ROW, count, width - column, c, cStep, rows, factors);
}

function mixPanel(
  weights: usize, b: usize, step: usize, count: i32, width: i32, c: usize, cStep: usize, rows: i32,
  factors: usize,
): void {
  const c1 = rows > 1 ? c + cStep : c, c2 = rows > 2 ? c1 + cStep : c1, c3 = rows > 3 ? c2 + cStep : c2;
  let c00 = take(c, width), c01 = take(c + 16, width - 4);
  let c10 = take(c1, width), c11 = take(c1 + 16, width - 4);
  let c20 = take(c2, width), c21 = take(c2 + 16, width - 4);
  let c30 = take(c3, width), c31 = take(c3 + 16, width - 4);
  if (factors) {
    let s = v128.load_splat<f32>(factors);
    c00 = f32x4.mul(c00, s); c01 = f32x4.mul(c01, s);
    s = v128.load_splat<f32>(factors, 4);
    c10 = f32x4.mul(c10, s); c11 = f32x4.mul(c11, s);
    s = v128.load_splat<f32>(factors, 8);
    c20 = f32x4.mul(c20, s); c21 = f32x4.mul(c21, s);
    s = v128.load_splat<f32>(factors, 12);
    c30 = f32x4.mul(c30, s); c31 = f32x4.mul(c31, s);
  }
  for (let j = 0; j < count; j++) {
    const x0 = v128.load(b), x1 = v128.load(b, 16);
    let s = v128.load_splat<f32>(weights);
    c00 = madd(s, x0, c00); c01 = madd(s, x1, c01);
    s = v128.load_splat<f32>(weights, 4);
    c10 = madd(s, x0, c10); c11 = madd(s, x1, c11);
    s = v128.load_splat<f32>(weights, 8);
    c20 = madd(s, x0, c20); c21 = madd(s, x1, c21);
    s = v128.load_splat<f32>(weights, 12);
    c30 = madd(s, x0, c30); c31 = madd(s, x1, c31);
    b += step;
    weights += ROW;
  }
  putRows(c, cStep, width, rows, c00, c01, c10, c11, c20, c21, c30, c31);
}

/**
 * c[j] += Σ_i weights[j][i] · b[i] for up to four keys j, each of width numbers, i over the queries of
 * a block. Panel n of weights, eight queries, lies panelStep bytes after the one before and counts
 * only where key j lies in [ranges[n][0], ranges[n][1]).
 *
 * @param tail The last width % 8 columns of b, by packTail.
 */
export function gather(
  weights: usize, panelStep: usize, ranges: usize, j: i32, queries: i32, b: usize, step: usize,
  tail: usize, width: i32, c: usize, cStep: usize, rows: i32,
): void {
  let column = 0;
  for (; column + 8 <= width; column += 8) {
    gatherPanel(weights, panelStep, ranges, j, queries, b, step, 8, c, cStep, rows);
    b += 32;
    c += 32;
  }
  if (column < width) {
    gatherPanel(weights, panelStep, ranges, j, queries, tail, ROW, width - column, c, cStep, rows);
  }
}

function gatherPanel(
  weights: usize, panelStep: usize, ranges: usize, j: i32, queries: i32, b: usize, step: usize,
  width: i32, c: usize, cStep: usize, rows: i32,
): void {
  const c1 = rows > 1 ? c + cStep : c, c2 = rows > 2 ? c1 + cStep : c1, c3 = rows > 3 ? c2 + cStep : c2;
  let c00 = take(c, width), c01 = take(c + 16, width - 4);
  let c10 = take(c1, width), c11 = take(c1 + 16, width - 4);
  let c20 = take(c2, width), c21 = take(c2 + 16, width - 4);
  let c30 = take(c3, width), c31 = take(c3 + 16, width - 4);
  for (let i = 0; i < queries; i += LANES) {
    if (j >= load<i32>(ranges) && j < load<i32>(ranges, 4)) {
      const lanes = min<i32>(LANES, queries - i);
      let w = weights, x = b;
      for (let lane = 0; lane < lanes; lane++) {
        const x0 = v128.load(x), x1 = v128.load(x, 16);
        let s = v128.load_splat<f32>(w);
        c00 = madd(s, x0, c00); c01 = madd(s, x1, c01);
        s = v128.load_splat<f32>(w, 32);
        c10 = madd(s, x0, c10); c11 = madd(s, x1, c11);
        s = v128.load_splat<f32>(w, 64);
        c20 = madd(s, x0, c20); c21 = madd(s, x1, c21);
        s = v128.load_splat<f32>(w, 96);
        c30 = madd(s, x0, c30); c31 = madd(s, x1, c31);
        x += step;
        w += 4;
      }
    }
    weights += panelStep;
    b += step << 3;
    ranges += 8;
  }
  putRows(c, cStep, width, rows, c00, c01, c10, c11, c20, c21, c30, c31);
}

// @ts-ignore: decorator
@inline export function putRows(
  c: usize, step: usize, width: i32, rows: i32, c00: v128, c01: v128, c10: v128, c11: v128, c20: v128,
  c21: v128, c30: v128, c31: v128,
): void {
  put(c, c00, width); put(c + 16, c01, width - 4);
  if (rows > 1) { put(c + step, c10, width); put(c + step + 16, c11, width - 4); }
  if (rows > 2) { put(c + step * 2, c20, width); put(c + step * 2 + 16, c21, width - 4); }
  if (rows > 3) { put(c + step * 3, c30, width); put(c + step * 3 + 16, c31, width - 4); }
}

/** The last width % 8 columns of rows as rows of eight, zeros beyond; nothing where there are none. */
export function packTail(from: usize, step: usize, rows: i32, width: i32, to: usize): void {
  const left = width & 7;
  if (left == 0) return;
  from += <usize>(width - left) << 2;
  for (let row = 0; row < rows; row++) {
    v128.store(to, take(from, left));
    v128.store(to, take(from + 16, left - 4), 16);
    from += step;
    to += ROW;
  }
}
