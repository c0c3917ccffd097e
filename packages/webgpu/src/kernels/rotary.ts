import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { forEach } from "../each";
import { int } from "../program";
import { areAll, made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Inputs {
  /** [batch, heads, seq, headDim] */
  x: TensorInfo;
  /** [seq, pairs] or [batch, seq, pairs], as sin is. */
  cos: TensorInfo;
  sin: TensorInfo;
}

interface Attributes {
  pairing: "interleaved" | "half";
  inverse: boolean;
}

export const rotaryKernels = [
  webgpuKernel<Inputs, Attributes>("TxRotary", ({ inputs, attrs, backend }) => {
    const { x, cos, sin } = inputs;
    if (!areAll("float32", x, cos, sin)) return declined;
    const [, heads, seq, headDim] = x.shape as [number, number, number, number];
    const pairs = cos.shape[cos.shape.length - 1]!;
    const y = made(backend, x.shape);
    const half = attrs.pairing === "half";
    forEach(backend, {
      name: `rotary_${attrs.pairing}${attrs.inverse ? "_inverse" : ""}`,
      reads: { x, cos, sin },
      writes: { y },
      uniforms: {
        headDim: int(headDim),
        pairs: int(pairs),
        seq: int(seq),
        // From one batch entry's angles to the next one's; 0 where they are the same for all.
        batchStep: int(cos.shape.length === 3 ? seq * pairs : 0),
        batchSize: int(util.sizeFromShape([heads, seq, headDim])),
      },
      body: `
    let row = i / uniforms.headDim;
    let d = i - row * uniforms.headDim;
    if (d >= 2 * uniforms.pairs) { y[i] = x[i]; return; }
    let angles = (i / uniforms.batchSize) * uniforms.batchStep + (row % uniforms.seq) * uniforms.pairs;
    let isSecond = ${half ? "d >= uniforms.pairs" : "(d & 1) == 1"};
    let pair = ${half ? "select(d, d - uniforms.pairs, isSecond)" : "d / 2"};
    let step = ${half ? "uniforms.pairs" : "1"};
    let other = x[select(i + step, i - step, isSecond)];
    let s = ${attrs.inverse ? "-" : ""}sin[angles + pair];
    y[i] = x[i] * cos[angles + pair] + select(-other, other, isSecond) * s;`,
    });
    return y;
  }),
];
