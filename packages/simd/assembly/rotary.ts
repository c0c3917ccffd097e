import { at, int, put, take } from "./common";
import { copyWords } from "./copy";

/**
 * Turns pairs of features. Unit u is one row of headDim features, rows counted over batch, heads and
 * positions. No multiply-add: a turn and the turn back round alike.
 *
 * slots: 0 x, 1 y, 2 cos, 3 sin, 4 heads, 5 seq, 6 headDim, 7 pairs, 8 interleaved, 9 inverse,
 * 10 tables' step by batch, in rows
 */
export function rotary(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const heads = int(args, 4), seq = int(args, 5), headDim = int(args, 6), pairs = int(args, 7);
  const interleaved = int(args, 8), step = int(args, 10), rest = headDim - 2 * pairs;
  // What the sine is multiplied by.
  const sign = f32x4.splat(int(args, 9) ? -1 : 1);
  for (let row = lo; row < hi; row++) {
    const head = row / seq, position = row - head * seq;
    const table = <usize>(((head / heads) * step + position) * pairs) << 2;
    const offset = <usize>(row * headDim) << 2;
    const x = at(args, 0) + offset, y = at(args, 1) + offset;
    const cos = at(args, 2) + table, sin = at(args, 3) + table;
    if (interleaved) turnNeighbours(x, y, cos, sin, pairs, sign);
    else turnHalves(x, y, cos, sin, pairs, sign);
    const turned = <usize>pairs << 3;
    copyWords(y + turned, x + turned, rest);
  }
}

/** Features i and i + pairs. */
function turnHalves(x: usize, y: usize, cos: usize, sin: usize, pairs: i32, sign: v128): void {
  const half = <usize>pairs << 2;
  for (let left = pairs; left > 0; left -= 4) {
    const a = take(x, left), b = take(x + half, left);
    const c = take(cos, left), s = f32x4.mul(take(sin, left), sign);
    put(y, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)), left);
    put(y + half, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)), left);
    x += 16;
    y += 16;
    cos += 16;
    sin += 16;
  }
}

/** Features 2i and 2i + 1. */
function turnNeighbours(x: usize, y: usize, cos: usize, sin: usize, pairs: i32, sign: v128): void {
  for (let left = pairs; left > 0; left -= 4) {
    const low = take(x, left * 2), high = take(x + 16, left * 2 - 4);
    const a = v128.shuffle<f32>(low, high, 0, 2, 4, 6), b = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
    const c = take(cos, left), s = f32x4.mul(take(sin, left), sign);
    const p = f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s));
    const q = f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s));
    put(y, v128.shuffle<f32>(p, q, 0, 4, 1, 5), left * 2);
    put(y + 16, v128.shuffle<f32>(p, q, 2, 6, 3, 7), left * 2 - 4);
    x += 32;
    y += 32;
    cos += 16;
    sin += 16;
  }
}
