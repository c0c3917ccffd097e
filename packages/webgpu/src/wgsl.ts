/** WGSL that several programs are made of. */

/** What a program reduces over its workgroups. */
export type Reduced = "f32" | "vec2<f32>";

/**
 * `sumOfGroup(x)`, of a number or of each of several, and `maxOfGroup(x)` of a number: over all threads
 * of a workgroup, the same bits each time. To be called by all of them, where control flow is uniform.
 */
export function reductions(threads: number, type: Reduced, bySubgroups: boolean): string {
  return [
    `var<workgroup> ofThreads: array<${type}, ${threads}>;`,
    ...(bySubgroups ? subgroups(threads, type) : tree(threads, type)),
  ].join("\n");
}

function tree(threads: number, type: Reduced): string[] {
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
    reduce("sumOfGroup", (a, b) => `${a} + ${b}`),
    reduce("maxOfGroup", (a, b) => `max(${a}, ${b})`),
  ];
}

/**
 * Two barriers whatever the size: each subgroup leaves its sum with one thread, and then adds up all
 * threads' by itself. A thread's place in its subgroup, and how many there are, come from sums too, as
 * nothing says how threads are spread over subgroups, and tfjs's entry point has no place to ask.
 */
function subgroups(threads: number, type: Reduced): string[] {
  const places = `
  let lane = subgroupExclusiveAdd(1u);
  let lanes = subgroupAdd(1u);`;
  return [
    `
fn sumOfGroup(x: ${type}) -> ${type} {
  let ofSubgroup = subgroupAdd(x);
  ofThreads[localIndex] = select(${type}(), ofSubgroup, subgroupElect());
  workgroupBarrier();${places}
  var part = ${type}();
  for (var n = lane; n < ${threads}u; n += lanes) { part += ofThreads[n]; }
  let whole = subgroupAdd(part);
  workgroupBarrier();
  return whole;
}`,
    `
fn maxOfGroup(x: ${type}) -> ${type} {
  let ofSubgroup = subgroupMax(x);
  ofThreads[localIndex] = ofSubgroup;
  workgroupBarrier();${places}
  var part = ofSubgroup;
  for (var n = lane; n < ${threads}u; n += lanes) { part = max(part, ofThreads[n]); }
  let whole = subgroupMax(part);
  workgroupBarrier();
  return whole;
}`,
  ];
}

/** `inverseRoot(x)`, of what lies off the mean by a rest, and its square, both as means over the row. */
export const INVERSE_ROOT = `
fn inverseRoot(rest: f32, square: f32) -> f32 {
  // Where the square has overflowed its root's inverse is 0, not infinity less infinity.
  let variance = select(square, max(0.0, square - rest * rest), square < 3.4e38);
  return inverseSqrt(variance + uniforms.eps);
}`;
