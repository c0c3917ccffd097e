// What every kernel is built from. A kernel is
//   export function name(args: usize, lo: i32, hi: i32, scratch: usize): void
// args points at its 4-byte arguments, [lo, hi) is the share of its units that this call does, and
// scratch is memory of the calling thread's own. Kernels keep no state, so any share may run on any
// thread, and a result never depends on how the units were shared out.
//
// Inlined functions are exported even where no other file wants them: turbo, which reads these files
// for its check of boundaries, stops at a decorator that does not stand before "export".

/** The argument in a slot, as an address or whole number without a sign. */
// @ts-ignore: decorator
@inline export function at(args: usize, slot: i32): usize {
  return <usize>load<u32>(args + (<usize>slot << 2));
}

// @ts-ignore: decorator
@inline export function int(args: usize, slot: i32): i32 {
  return load<i32>(args + (<usize>slot << 2));
}

// @ts-ignore: decorator
@inline export function float(args: usize, slot: i32): f32 {
  return load<f32>(args + (<usize>slot << 2));
}

/** a · b + c, rounded once where the machine can. */
// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The four lanes added up, always in the same order. */
// @ts-ignore: decorator
@inline export function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** Up to four numbers, zeros for the rest, never reading past them. */
// @ts-ignore: decorator
@inline export function take(from: usize, count: i32): v128 {
  return count >= 4 ? v128.load(from) : few(from, count);
}

function few(from: usize, count: i32): v128 {
  let x = f32x4.splat(0);
  if (count > 0) x = f32x4.replace_lane(x, 0, load<f32>(from));
  if (count > 1) x = f32x4.replace_lane(x, 1, load<f32>(from, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, load<f32>(from, 8));
  return x;
}

/** Writes the first numbers, up to four, and nothing past them. */
// @ts-ignore: decorator
@inline export function put(to: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(to, x);
  else putFew(to, x, count);
}

function putFew(to: usize, x: v128, count: i32): void {
  if (count > 0) store<f32>(to, f32x4.extract_lane(x, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(x, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(x, 2), 8);
}

/** Four numbers of each of four rows to four of each of four columns; steps in bytes. */
// @ts-ignore: decorator
@inline export function turn(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const r0 = v128.load(from), r1 = v128.load(from + fromStep);
  const r2 = v128.load(from + fromStep * 2), r3 = v128.load(from + fromStep * 3);
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(t0, t2, 0, 2));
  v128.store(to + toStep, v128.shuffle<i64>(t0, t2, 1, 3));
  v128.store(to + toStep * 2, v128.shuffle<i64>(t1, t3, 0, 2));
  v128.store(to + toStep * 3, v128.shuffle<i64>(t1, t3, 1, 3));
}
