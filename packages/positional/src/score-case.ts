import { randomNormal, type Tensor2D, type Tensor4D, tensor2d, zeros } from "@tensorflow/tfjs-core";
import type { ScoreContext, Span } from "@tx/core";

/** Sizes of the tests: none a multiple of another. */
export const [BATCH, HEADS, HEAD_DIM] = [2, 3, 5];

/** Four queries behind three tokens more, from position 11 on. */
export const span: Span = { q: { start: 14, len: 4 }, k: { start: 11, len: 7 } };

const ids = (start: number, len: number): Tensor2D =>
  tensor2d(
    Array.from({ length: BATCH }, () => Array.from({ length: len }, (_, n) => start + n)),
    undefined,
    "int32",
  );

/** The same positions, told one by one. */
export const explicit = (): Span => ({
  q: { ...span.q, ids: ids(14, 4) },
  k: { ...span.k, ids: ids(11, 7) },
});

/** Positions that differ by row and leave gaps. */
export const gaps: { q: number[][]; k: number[][] } = {
  q: [
    [0, 1, 5, 6],
    [3, 300, 300, 70_000],
  ],
  k: [
    [0, 1, 2, 3, 4, 5, 6],
    [9, 8, 7, 6, 5, 4, 70_001],
  ],
};
export const gapped = (): Span => ({
  q: { ...span.q, ids: tensor2d(gaps.q, undefined, "int32") },
  k: { ...span.k, ids: tensor2d(gaps.k, undefined, "int32") },
});

const random = (shape: [number, number, number, number], seed: number): Tensor4D =>
  randomNormal(shape, 0, 1, "float32", seed);
export const queries = (width = HEAD_DIM) => random([BATCH, HEADS, span.q.len, width], 1);
const keys = (width = HEAD_DIM) => random([BATCH, HEADS, span.k.len, width], 2);
export const noScores = (): Tensor4D => zeros([BATCH, HEADS, span.q.len, span.k.len]);

export function contextOf(own: Partial<ScoreContext> = {}): ScoreContext {
  return { query: queries(), key: keys(), scale: 0.7, mask: {}, span, layer: 0, ...own };
}

/** One number for each pair of tokens, in loops; position of query, of key, and all indices. */
export function pairs(
  f: (q: number, k: number, at: { b: number; h: number; i: number; j: number }) => number,
  positions = {
    q: Array.from({ length: BATCH }, () => [14, 15, 16, 17]),
    k: Array.from({ length: BATCH }, () => [11, 12, 13, 14, 15, 16, 17]),
  } as typeof gaps,
  batch = BATCH,
): number[] {
  const all: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < HEADS; h++) {
      for (let i = 0; i < span.q.len; i++) {
        for (let j = 0; j < span.k.len; j++) {
          all.push(f(positions.q[b]![i]!, positions.k[b]![j]!, { b, h, i, j }));
        }
      }
    }
  }
  return all;
}
