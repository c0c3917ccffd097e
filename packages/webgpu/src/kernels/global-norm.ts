import type { TensorInfo } from "@tensorflow/tfjs-core";
import { forEach } from "../each";
import { dispatch, float, int } from "../program";
import { areAll, made, sizeOf } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

const THREADS = 256;
/** Tensors that one program reads. */
const TENSORS = 7;
/** Workgroups that share a tensor. */
const PARTS = 64;

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Sums of squares of parts of some tensors, [tensors, PARTS] from a place of `sums` on. */
const squaresCode = (count: number) => `
fn squareOf(which: i32, i: i32) -> f32 {
  switch which {
${range(count)
  .map(
    (n) =>
      `    ${n === count - 1 ? "default" : `case ${n}`}: { return tensor${n}[i] * tensor${n}[i]; }`,
  )
  .join("\n")}
  }
}
fn main() {
  let which = i32(workgroupId.y);
  let part = i32(workgroupId.x);
  var sizes = array<i32, ${count}>(${range(count)
    .map((n) => `uniforms.size${n}`)
    .join(", ")});
  var sum = 0.0;
  for (var i = part * ${THREADS} + i32(localIndex); i < sizes[which]; i += ${THREADS * PARTS}) {
    sum += squareOf(which, i);
  }
  let whole = sumOfGroup(sum);
  if (localIndex == 0u) { sums[(uniforms.first + which) * ${PARTS} + part] = whole; }
}`;

const rootCode = `
fn main() {
  var sum = 0.0;
  for (var i = i32(localIndex); i < uniforms.count; i += ${THREADS}) { sum += sums[i]; }
  let whole = sumOfGroup(sum);
  if (localIndex == 0u) { norm[0] = sqrt(whole); }
}`;

export const globalNormKernels = [
  webgpuKernel<Record<string, TensorInfo>>("TxGlobalNorm", ({ inputs, backend }) => {
    const tensors = Object.values(inputs).filter((tensor) => sizeOf(tensor) > 0);
    if (tensors.length === 0) return backend.makeTensorInfo([], "float32", Float32Array.of(0));
    if (!areAll("float32", ...tensors)) return declined;
    const sums = made(backend, [tensors.length, PARTS]);
    for (let first = 0; first < tensors.length; first += TENSORS) {
      const some = tensors.slice(first, first + TENSORS);
      const sizes = some.map((tensor, n) => [`size${n}`, int(sizeOf(tensor))] as const);
      dispatch(backend, {
        name: `squares${some.length}`,
        reads: Object.fromEntries(some.map((tensor, n) => [`tensor${n}`, tensor])),
        writes: { sums },
        uniforms: { ...Object.fromEntries(sizes), first: int(first) },
        threads: THREADS,
        reduces: "f32",
        groups: [PARTS, some.length, 1],
        code: () => squaresCode(some.length),
      });
    }
    const norm = made(backend, []);
    dispatch(backend, {
      name: "rootOfSums",
      reads: { sums },
      writes: { norm },
      uniforms: { count: int(sizeOf(sums)) },
      threads: THREADS,
      reduces: "f32",
      groups: [1, 1, 1],
      code: () => rootCode,
    });
    backend.disposeData(sums.dataId);
    return norm;
  }),
  webgpuKernel<{ norm: TensorInfo }, { maxNorm: number }>(
    "TxClipCoefficient",
    ({ inputs: { norm }, attrs: { maxNorm }, backend }) => {
      if (!areAll("float32", norm)) return declined;
      const coefficient = made(backend, []);
      forEach(backend, {
        name: "clipCoefficient",
        reads: { norm },
        writes: { coefficient },
        uniforms: { maxNorm: float(maxNorm) },
        // Not min(1, …), which may give 1 for NaN.
        body: `
    let share = uniforms.maxNorm / (norm[i] + 1e-6);
    coefficient[i] = select(share, 1.0, share > 1.0);`,
      });
      return coefficient;
    },
  ),
];
