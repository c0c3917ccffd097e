// What bias and mask do to a panel of scores: eight queries as lanes, keys as rows of 32 bytes.
import { at, int } from "./common";
import {
  BIAS, BIAS_STEPS, KEEP, KEEP_KEYS, KEEP_STEPS, KEY_DOCUMENTS, KEYS, LANES, QUERIES,
  QUERY_DOCUMENTS, ROW, endKey, firstKey,
} from "./attention-call";
import { placeIn } from "./attention-rows";

/**
 * The first key from lo on that a query of the panel may see, in steps of four, or hi: leaves out what
 * tensors of the mask hide from the whole panel. Places are seen to before.
 */
export function trimmedFrom(args: usize, batch: i32, head: i32, query: i32, rows: i32, lo: i32, hi: i32): i32 {
  while (lo < hi && hidden(args, batch, head, query, rows, lo, min<i32>(hi, lo + 4))) lo += 4;
  return min<i32>(lo, hi);
}

/** One past the last such key; lo is where the keys' groups of four begin. */
export function trimmedTo(args: usize, batch: i32, head: i32, query: i32, rows: i32, lo: i32, hi: i32): i32 {
  while (hi > lo) {
    const from = lo + ((hi - 1 - lo) & -4);
    if (!hidden(args, batch, head, query, rows, from, hi)) break;
    hi = from;
  }
  return hi;
}

/** Whether tensors of the mask hide all of some keys from all queries of a panel. */
function hidden(args: usize, batch: i32, head: i32, query: i32, rows: i32, from: i32, to: i32): bool {
  const keys = int(args, KEYS);
  const keepKeys = at(args, KEEP_KEYS);
  if (keepKeys) {
    let any: u32 = 0;
    for (let j = from; j < to; j++) any |= load<u8>(keepKeys + <usize>(batch * keys + j));
    if (!any) return true;
  }
  const own = at(args, QUERY_DOCUMENTS);
  if (own && !meet(args, own, batch, query, rows, from, to)) return true;
  const keep = at(args, KEEP);
  if (!keep) return false;
  const byQuery = <usize>int(args, KEEP_STEPS + 2), byKey = <usize>int(args, KEEP_STEPS + 3);
  let row = keep + placeIn(args, KEEP_STEPS, batch, head, query, from);
  let any: u32 = 0;
  const queries = byQuery ? rows : 1, end = byKey ? to : from + 1;
  for (let i = 0; i < queries; i++) {
    let p = row;
    for (let j = from; j < end; j++) {
      any |= load<u8>(p);
      p += byKey;
    }
    row += byQuery;
  }
  return !any;
}

/** Whether a document of some queries is one of some keys'. */
function meet(args: usize, own: usize, batch: i32, query: i32, rows: i32, from: i32, to: i32): bool {
  own += <usize>(batch * int(args, QUERIES) + query) << 2;
  const keys = at(args, KEY_DOCUMENTS) + (<usize>(batch * int(args, KEYS)) << 2);
  for (let j = from; j < to; j++) {
    const document = load<i32>(keys + (<usize>j << 2));
    for (let i = 0; i < rows; i++) if (load<i32>(own + (<usize>i << 2)) == document) return true;
  }
  return false;
}

/**
 * Adds the bias to a panel of scores and makes -infinity of those that are hidden.
 *
 * @param rows How many of the eight queries there are; what becomes of the other lanes is no matter.
 * @param key The first key.
 */
export function shape(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, count: i32, scores: usize,
): void {
  if (at(args, BIAS)) addBias(args, batch, head, query, rows, key, count, scores);
  const last = query + rows - 1;
  if (firstKey(args, last) > key || endKey(args, query) < key + count) {
    hideByPlace(args, query, last, key, count, scores);
  }
  if (at(args, KEEP_KEYS)) hideKeys(args, batch, key, count, scores);
  if (at(args, QUERY_DOCUMENTS)) hideDocuments(args, batch, query, rows, key, count, scores);
  if (at(args, KEEP)) hideDense(args, batch, head, query, rows, key, count, scores);
}

function addBias(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, count: i32, scores: usize,
): void {
  const byQuery = <usize>int(args, BIAS_STEPS + 2) << 2, byKey = <usize>int(args, BIAS_STEPS + 3) << 2;
  const bias = at(args, BIAS) + (placeIn(args, BIAS_STEPS, batch, head, query, key) << 2);
  if (byQuery == 0) {
    for (let j = 0; j < count; j++) {
      const x = v128.load_splat<f32>(bias + <usize>j * byKey);
      v128.store(scores, f32x4.add(v128.load(scores), x));
      v128.store(scores, f32x4.add(v128.load(scores, 16), x), 16);
      scores += ROW;
    }
    return;
  }
  if (byKey == 0 || rows < LANES) {
    for (let i = 0; i < rows; i++) {
      let to = scores + (<usize>i << 2), from = bias + <usize>i * byQuery;
      for (let j = 0; j < count; j++) {
        store<f32>(to, load<f32>(to) + load<f32>(from));
        to += ROW;
        from += byKey;
      }
    }
    return;
  }
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const from = bias + (<usize>j << 2), to = scores + <usize>j * ROW;
    addTurned(from, byQuery, to);
    addTurned(from + byQuery * 4, byQuery, to + 16);
  }
  for (; j < count; j++) {
    for (let i: usize = 0; i < 8; i++) {
      const to = scores + <usize>j * ROW + (i << 2);
      store<f32>(to, load<f32>(to) + load<f32>(bias + i * byQuery + (<usize>j << 2)));
    }
  }
}

/** Adds four numbers of each of four rows to four lanes of four keys. */
// @ts-ignore: decorator
@inline export function addTurned(from: usize, step: usize, to: usize): void {
  const a0 = v128.load(from), a1 = v128.load(from + step);
  const a2 = v128.load(from + step * 2), a3 = v128.load(from + step * 3);
  const t0 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
  v128.store(to, f32x4.add(v128.load(to), v128.shuffle<i64>(t0, t2, 0, 2)));
  v128.store(to, f32x4.add(v128.load(to, 32), v128.shuffle<i64>(t0, t2, 1, 3)), 32);
  v128.store(to, f32x4.add(v128.load(to, 64), v128.shuffle<i64>(t1, t3, 0, 2)), 64);
  v128.store(to, f32x4.add(v128.load(to, 96), v128.shuffle<i64>(t1, t3, 1, 3)), 96);
}

/** Only at the edges: what every query of the panel sees is left alone. */
function hideByPlace(args: usize, query: i32, last: i32, key: i32, count: i32, scores: usize): void {
  const end = key + count;
  const from = min<i32>(end, max<i32>(key, firstKey(args, last)));
  const to = max<i32>(from, min<i32>(end, endKey(args, query)));
  for (let half = 0; half < 2; half++) {
    const first = lanesOf(
      firstKey(args, laneOf(query, half, 0, last)), firstKey(args, laneOf(query, half, 1, last)),
      firstKey(args, laneOf(query, half, 2, last)), firstKey(args, laneOf(query, half, 3, last)),
    );
    const past = lanesOf(
      endKey(args, laneOf(query, half, 0, last)), endKey(args, laneOf(query, half, 1, last)),
      endKey(args, laneOf(query, half, 2, last)), endKey(args, laneOf(query, half, 3, last)),
    );
    const lanes = scores + (<usize>half << 4);
    hideOutside(first, past, key, from, lanes);
    hideOutside(first, past, to, end, lanes + ROW * (to - key));
  }
}

function hideOutside(first: v128, past: v128, key: i32, end: i32, lanes: usize): void {
  for (; key < end; key++) {
    const k = i32x4.splat(key);
    hide(lanes, v128.and(i32x4.ge_s(k, first), i32x4.lt_s(k, past)));
    lanes += ROW;
  }
}

// @ts-ignore: decorator
@inline export function laneOf(query: i32, half: i32, lane: i32, last: i32): i32 {
  return min<i32>(last, query + (half << 2) + lane);
}

// @ts-ignore: decorator
@inline export function lanesOf(a: i32, b: i32, c: i32, d: i32): v128 {
  let x = i32x4.splat(a);
  x = i32x4.replace_lane(x, 1, b);
  x = i32x4.replace_lane(x, 2, c);
  return i32x4.replace_lane(x, 3, d);
}

/** -infinity in the lanes where keep is not set. */
// @ts-ignore: decorator
@inline export function hide(scores: usize, keep: v128): void {
  v128.store(scores, v128.bitselect(v128.load(scores), f32x4.splat(-Infinity), keep));
}

function hideKeys(args: usize, batch: i32, key: i32, count: i32, scores: usize): void {
  const keep = at(args, KEEP_KEYS) + <usize>(batch * int(args, KEYS) + key);
  const none = f32x4.splat(-Infinity);
  for (let j: usize = 0; j < <usize>count; j++) {
    if (!load<u8>(keep + j)) {
      v128.store(scores + j * ROW, none);
      v128.store(scores + j * ROW, none, 16);
    }
  }
}

function hideDocuments(
  args: usize, batch: i32, query: i32, rows: i32, key: i32, count: i32, scores: usize,
): void {
  const own = at(args, QUERY_DOCUMENTS) + (<usize>(batch * int(args, QUERIES) + query) << 2);
  const other = at(args, KEY_DOCUMENTS) + (<usize>(batch * int(args, KEYS) + key) << 2);
  for (let half = 0; half < 2; half++) {
    const lanes = lanesOf(document(own, half, 0, rows), document(own, half, 1, rows),
      document(own, half, 2, rows), document(own, half, 3, rows));
    let p = scores + (<usize>half << 4);
    for (let j: usize = 0; j < <usize>count; j++) {
      hide(p, i32x4.eq(lanes, v128.load_splat<i32>(other + (j << 2))));
      p += ROW;
    }
  }
}

// @ts-ignore: decorator
@inline export function document(own: usize, half: i32, lane: i32, rows: i32): i32 {
  return load<i32>(own + (<usize>min<i32>(rows - 1, (half << 2) + lane) << 2));
}

function hideDense(
  args: usize, batch: i32, head: i32, query: i32, rows: i32, key: i32, count: i32, scores: usize,
): void {
  const byQuery = <usize>int(args, KEEP_STEPS + 2), byKey = <usize>int(args, KEEP_STEPS + 3);
  const keep = at(args, KEEP) + placeIn(args, KEEP_STEPS, batch, head, query, key);
  let j = 0;
  if (byQuery && byKey && rows == LANES) {
    for (; j + 4 <= count; j += 4) {
      const from = keep + <usize>j, to = scores + <usize>j * ROW;
      hideFour(from, byQuery, to);
      hideFour(from + byQuery * 4, byQuery, to + 16);
    }
  }
  for (; j < count; j++) {
    for (let i = 0; i < rows; i++) {
      if (!load<u8>(keep + <usize>i * byQuery + <usize>j * byKey)) {
        store<f32>(scores + <usize>j * ROW + (<usize>i << 2), -Infinity);
      }
    }
  }
}

/** Four bytes of each of four rows to four lanes of four keys. */
// @ts-ignore: decorator
@inline export function hideFour(from: usize, step: usize, to: usize): void {
  const bytes = lanesOf(
    load<i32>(from), load<i32>(from + step), load<i32>(from + step * 2), load<i32>(from + step * 3),
  );
  const one = i32x4.splat(255), zero = i32x4.splat(0);
  hide(to, i32x4.ne(v128.and(bytes, one), zero));
  hide(to + 32, i32x4.ne(v128.and(i32x4.shr_u(bytes, 8), one), zero));
  hide(to + 64, i32x4.ne(v128.and(i32x4.shr_u(bytes, 16), one), zero));
  hide(to + 96, i32x4.ne(i32x4.shr_u(bytes, 24), zero));
}
