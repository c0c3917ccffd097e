import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { bits } from "../backend";
import { simdKernel } from "../simd-kernel";
import { inParts } from "../sum-rows";

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

export const layerNormKernels = [
  simdKernel<Inputs, { eps: number }>("TxLayerNorm", ({ inputs, attrs, backend }) => {
    const { x, gain, bias } = inputs;
    const width = x.shape.at(-1)!;
    const rows = util.sizeFromShape(x.shape.slice(0, -1));
    const output = backend.output(x.shape);
    const args = [backend.addressOf(x), backend.addressOf(output)];
    args.push(gain ? backend.addressOf(gain) : 0, bias ? backend.addressOf(bias) : 0);
    args.push(width, bits(attrs.eps));
    // About 2 numbers a nanosecond.
    backend.run("layerNorm", args, rows, (rows * width) / 2);
    return output;
  }),
  simdKernel<GradInputs, { eps: number; hasBias: boolean }>(
    "TxLayerNormGrad",
    ({ inputs, attrs, backend }) => {
      const { x, gain, dy } = inputs;
      const { eps, hasBias } = attrs;
      const width = x.shape.at(-1)!;
      const rows = util.sizeFromShape(x.shape.slice(0, -1));
      const dx = backend.output(x.shape);
      const sums = [gain !== undefined, hasBias];
      const [from, to] = [[x, gain, dy], [dx]].map((infos) =>
        infos.map((info) => (info ? backend.addressOf(info) : 0)),
      );
      const [dGain, dBias] = inParts(backend, rows, width, sums, (partial, part, parts) => {
        const args = [...from!, ...to!, ...partial, rows, width, part, bits(eps)];
        backend.run("layerNormGrad", args, parts, rows * width);
      });
      return [dx, ...(dGain ? [dGain] : []), ...(dBias ? [dBias] : [])];
    },
  ),
];
