import type { TensorInfo } from "@tensorflow/tfjs-core";
import { normGradient } from "../norm-gradient";
import { dispatch, float, inRow, int } from "../program";
import { areAll, made, rowsOf } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";
import { INVERSE_ROOT } from "../wgsl";

interface Inputs {
  /** [..., width] */
  x: TensorInfo;
  /** [width] */
  gain?: TensorInfo;
  /** [width] */
  bias?: TensorInfo;
}

interface GradInputs extends Omit<Inputs, "bias"> {
  /** The shape of x. */
  dy: TensorInfo;
}

/** Threads that share a row. */
const THREADS = 64;

export const layerNormKernels = [
  webgpuKernel<Inputs, { eps: number }>("TxLayerNorm", ({ inputs, attrs, backend }) => {
    const { x, gain, bias } = inputs;
    if (!areAll("float32", x, gain, bias)) return declined;
    const [rows, width] = rowsOf(x);
    const y = made(backend, x.shape);
    dispatch(backend, {
      name: "layerNorm",
      reads: { x, gain, bias },
      writes: { y },
      uniforms: { rows: int(rows), width: int(width), eps: float(attrs.eps) },
      threads: THREADS,
      reduces: "vec2<f32>",
      groups: inRow(rows),
      code: () => `
${INVERSE_ROOT}
fn main() {
  // Groups beyond the rows do the last one once more: barriers want all of them.
  let first = min(groupOf(), uniforms.rows - 1) * uniforms.width;
  let lane = i32(localIndex);
  let width = f32(uniforms.width);
  var sum = vec2<f32>();
  for (var j = lane; j < uniforms.width; j += ${THREADS}) { sum.x += x[first + j]; }
  let mean = sumOfGroup(sum).x / width;
  // Twice over the row: E[x²] − E[x]² loses every digit where the mean is large. The mean itself is
  // rounded, so what is left of it goes off too.
  sum = vec2<f32>();
  for (var j = lane; j < uniforms.width; j += ${THREADS}) {
    let c = x[first + j] - mean;
    sum += vec2<f32>(c, c * c);
  }
  let rest = sumOfGroup(sum) / width;
  let inverse = inverseRoot(rest.x, rest.y);
  for (var j = lane; j < uniforms.width; j += ${THREADS}) {
    y[first + j] = (x[first + j] - mean - rest.x) * inverse${gain ? " * gain[j]" : ""}${bias ? " + bias[j]" : ""};
  }
}`,
    });
    return y;
  }),
  webgpuKernel<GradInputs, { eps: number; hasBias: boolean }>(
    "TxLayerNormGrad",
    ({ inputs, attrs, backend }) => {
      const { x, gain, dy } = inputs;
      if (!areAll("float32", x, gain, dy)) return declined;
      const { eps, hasBias } = attrs;
      return normGradient(backend, { x, gain, dy }, { eps, hasBias, centred: true });
    },
  ),
];
