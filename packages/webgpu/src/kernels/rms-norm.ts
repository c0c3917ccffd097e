import type { TensorInfo } from "@tensorflow/tfjs-core";
import { normGradient } from "../norm-gradient";
import { dispatch, float, inRow, int } from "../program";
import { areAll, made, rowsOf } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Inputs {
  /** [..., width] */
  x: TensorInfo;
  /** [width] */
  gain?: TensorInfo;
}

interface GradInputs extends Inputs {
  /** The shape of x. */
  dy: TensorInfo;
}

/** Threads that share a row. */
const THREADS = 64;

export const rmsNormKernels = [
  webgpuKernel<Inputs, { eps: number }>("TxRmsNorm", ({ inputs, attrs, backend }) => {
    const { x, gain } = inputs;
    if (!areAll("float32", x, gain)) return declined;
    const [rows, width] = rowsOf(x);
    const y = made(backend, x.shape);
    dispatch(backend, {
      name: "rmsNorm",
      reads: { x, gain },
      writes: { y },
      uniforms: { rows: int(rows), width: int(width), eps: float(attrs.eps) },
      threads: THREADS,
      reduces: "f32",
      groups: inRow(rows),
      code: () => `
fn main() {
  let first = min(groupOf(), uniforms.rows - 1) * uniforms.width;
  let lane = i32(localIndex);
  var square = 0.0;
  for (var j = lane; j < uniforms.width; j += ${THREADS}) { square += x[first + j] * x[first + j]; }
  let inverse = inverseSqrt(sumOfGroup(square) / f32(uniforms.width) + uniforms.eps);
  for (var j = lane; j < uniforms.width; j += ${THREADS}) {
    y[first + j] = x[first + j] * inverse${gain ? " * gain[j]" : ""};
  }
}`,
    });
    return y;
  }),
  webgpuKernel<GradInputs, { eps: number }>("TxRmsNormGrad", ({ inputs, attrs, backend }) => {
    const { x, gain, dy } = inputs;
    if (!areAll("float32", x, gain, dy)) return declined;
    const { eps } = attrs;
    return normGradient(backend, { x, gain, dy }, { eps, hasBias: false, centred: false });
  }),
];
