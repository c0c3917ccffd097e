import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { RotaryPairing } from "@tx/ops";
import { simdKernel } from "../simd-kernel";

interface Inputs {
  /** [batch, heads, seq, headDim] */
  x: TensorInfo;
  /** [seq, pairs] or [batch, seq, pairs] */
  cos: TensorInfo;
  /** The shape of cos. */
  sin: TensorInfo;
}

interface Attributes {
  pairing: RotaryPairing;
  /** Turns by the negative angle. */
  inverse: boolean;
}

export const rotaryKernels = [
  simdKernel<Inputs, Attributes>("TxRotary", ({ inputs, attrs, backend }) => {
    const { x, cos, sin } = inputs;
    const [batch, heads, seq, headDim] = x.shape as [number, number, number, number];
    const output = backend.output(x.shape);
    const args = [x, output, cos, sin].map((info) => backend.addressOf(info));
    args.push(heads, seq, headDim, cos.shape.at(-1)!);
    args.push(attrs.pairing === "interleaved" ? 1 : 0, attrs.inverse ? 1 : 0);
    args.push(cos.shape.length === 3 ? seq : 0);
    const rows = batch * heads * seq;
    // About 3 numbers a nanosecond.
    backend.run("rotary", args, rows, (rows * headDim) / 3);
    return output;
  }),
];
