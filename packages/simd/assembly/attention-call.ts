// The arguments of the attention kernels, by slot, and what is worked out from them alone. Tensors are
// of batch, heads, rows and width as in @tx/ops, with the width innermost and the others in any order:
// steps say how far apart two of them lie. src/kernels/attention.ts fills the slots in.
import { int } from "./common";

export const QUERY: i32 = 0;
export const KEY: i32 = 1;
export const VALUE: i32 = 2;
export const OUTPUT: i32 = 3;
/** The highest score of each query; infinity where it sees nothing. */
export const TOP: i32 = 4;
/** 0 for none, as for the masks. */
export const BIAS: i32 = 5;
export const KEEP_KEYS: i32 = 6;
export const KEEP: i32 = 7;
export const QUERY_DOCUMENTS: i32 = 8;
export const KEY_DOCUMENTS: i32 = 9;
export const HEADS: i32 = 10;
/** Query heads that share a key head. */
export const GROUP: i32 = 11;
export const QUERIES: i32 = 12;
export const KEYS: i32 = 13;
export const HEAD_DIM: i32 = 14;
export const VALUE_DIM: i32 = 15;
/** How far a query sees before and after its place, and how many first keys it always sees; -1: all, all, none. */
export const BEFORE: i32 = 16;
export const AFTER: i32 = 17;
export const PREFIX: i32 = 18;
/** Float. */
export const SCALE: i32 = 19;
/** Steps of bias and KEEP in numbers by batch, head, query and key, four slots each. */
export const BIAS_STEPS: i32 = 20;
export const KEEP_STEPS: i32 = 24;
/** Whether there is dropout, and keptScale4's arguments; KEPT is a float. */
export const DROPOUT: i32 = 28;
export const DROPOUT_FIRST: i32 = 29;
export const DROPOUT_SECOND: i32 = 30;
export const THRESHOLD: i32 = 31;
export const KEPT: i32 = 32;
/** The logarithm of each query's sum of powers above its highest score. */
export const LOG_SUM: i32 = 33;
/**
 * Steps in numbers by batch, head and row, three slots each: of query and dQuery, of key and dKey, of
 * value and dValue, of output and dy.
 */
export const QUERY_STEPS: i32 = 34;
export const KEY_STEPS: i32 = 37;
export const VALUE_STEPS: i32 = 40;
export const OUTPUT_STEPS: i32 = 43;

// Of the forward kernel alone.
/** Queries a block and keys a tile. */
export const BLOCK: i32 = 46;
export const TILE: i32 = 47;

// Of the gradient alone.
export const DY: i32 = 46;
/** [batch, heads, queries]: sums of dy · output. */
export const DELTA: i32 = 47;
export const D_QUERY: i32 = 48;
export const D_KEY: i32 = 49;
export const D_VALUE: i32 = 50;
/** 0 where there is no bias, or its gradient is 0. */
export const D_BIAS: i32 = 51;
/** Room for dQuery of every chunk of keys but the first, and dBias of every piece but the first. */
export const D_QUERY_PARTS: i32 = 52;
export const D_BIAS_PARTS: i32 = 53;
export const CHUNKS: i32 = 54;
export const PIECES: i32 = 55;
/** How many pairs of batch and key head share one slice of bias, and their steps by slice and within. */
export const PAIRS: i32 = 56;
export const PAIR_BY_SLICE: i32 = 57;
export const PAIR_STEP: i32 = 58;
export const KEY_HEADS: i32 = 59;
/** Numbers in dQuery and in dBias. */
export const D_QUERY_SIZE: i32 = 60;
export const D_BIAS_SIZE: i32 = 61;

/** Queries are worked on eight at a time, one a lane of two vectors. */
export const LANES: i32 = 8;
/** Bytes of eight lanes. */
export const ROW: usize = 32;

/** The first key that a query sees by its place; every later query's is the same or later. */
export function firstKey(args: usize, query: i32): i32 {
  const before = int(args, BEFORE);
  if (before < 0) return 0;
  return max<i32>(0, query + int(args, KEYS) - int(args, QUERIES) - before);
}

/** One past the last key that a query sees by its place, which never falls either. */
export function endKey(args: usize, query: i32): i32 {
  const keys = int(args, KEYS), after = int(args, AFTER), prefix = int(args, PREFIX);
  const place = query + keys - int(args, QUERIES);
  let last = keys - 1;
  if (after >= 0) last = min<i32>(last, place + after);
  if (prefix >= 0) last = min<i32>(last, max<i32>(place, prefix - 1));
  return max<i32>(0, last + 1);
}
