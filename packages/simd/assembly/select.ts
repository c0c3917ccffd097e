import { widened } from "./cast";
import { at, int } from "./common";
import { copyBytes, copyWords } from "./copy";

/** Numbers of a unit. */
const BLOCK: i32 = 2048;

/**
 * y[i] = condition[i] ? t[i] : e[i] for numbers of 4 bytes. Unit u is numbers 2048 u and after.
 *
 * slots: 0 condition, 1 t, 2 e, 3 y, 4 count
 */
export function select(args: usize, lo: i32, hi: i32, scratch: usize): void {
  const first = lo * BLOCK, count = min<i32>(hi * BLOCK, int(args, 4)) - first;
  const whole = count & ~3, left = count & 3;
  const skipped = <usize>first << 2;
  let condition = at(args, 0) + <usize>first;
  let t = at(args, 1) + skipped, e = at(args, 2) + skipped, y = at(args, 3) + skipped;
  for (const end = y + (<usize>whole << 2); y < end; y += 16) {
    v128.store(y, choose(condition, t, e));
    condition += 4;
    t += 16;
    e += 16;
  }
  if (!left) return;
  copyBytes(scratch, condition, left);
  copyWords(scratch + 16, t, left);
  copyWords(scratch + 32, e, left);
  v128.store(scratch, choose(scratch, scratch + 16, scratch + 32), 48);
  copyWords(y, scratch + 48, left);
}

// @ts-ignore: decorator
@inline export function choose(condition: usize, t: usize, e: usize): v128 {
  const chosen = i32x4.eq(widened(v128.load32_zero(condition)), i32x4.splat(1));
  return v128.bitselect(v128.load(t), v128.load(e), chosen);
}
