/** WGSL that several programs are made of. */

/**
 * `sumOfGroup(x)`, of a number or of each of several, and `maxOfGroup(x)` of a number: over all threads
 * of a workgroup, the same bits each time. To be called by all of them, where control flow is uniform.
 */
export function reductions(threads: number, type: "f32" | "vec2<f32>" = "f32"): string {
  const reduce = (name: string, join: (a: string, b: string) => string) => `
fn ${name}(x: ${type}) -> ${type} {
  ofThreads[localIndex] = x;
  workgroupBarrier();
  for (var n = ${threads / 2}u; n > 0u; n = n / 2u) {
    if (localIndex < n) {
      ofThreads[localIndex] = ${join("ofThreads[localIndex]", "ofThreads[localIndex + n]")};
    }
    workgroupBarrier();
  }
  let whole = ofThreads[0];
  workgroupBarrier();
  return whole;
}`;
  return [
    `var<workgroup> ofThreads: array<${type}, ${threads}>;`,
    reduce("sumOfGroup", (a, b) => `${a} + ${b}`),
    reduce("maxOfGroup", (a, b) => `max(${a}, ${b})`),
  ].join("\n");
}

/** `inverseRoot(x)`, of what lies off the mean by a rest, and its square, both as means over the row. */
export const INVERSE_ROOT = `
fn inverseRoot(rest: f32, square: f32) -> f32 {
  // Where the square has overflowed its root's inverse is 0, not infinity less infinity.
  let variance = select(square, max(0.0, square - rest * rest), square < 3.4e38);
  return inverseSqrt(variance + uniforms.eps);
}`;
