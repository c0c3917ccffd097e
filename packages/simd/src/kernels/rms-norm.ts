import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { bits } from "../backend";
import { simdKernel } from "../simd-kernel";
import { inParts } from "../sum-rows";

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

export const rmsNormKernels = [
  simdKernel<Inputs, { eps: number }>("TxRmsNorm", ({ inputs, attrs, backend }) => {
    const { x, gain } = inputs;
    const width = x.shape.at(-1)!;
    const rows = util.sizeFromShape(x.shape.slice(0, -1));
    const output = backend.output(x.shape);
    const addresses = [x, output, gain].map((info) => (info ? backend.addressOf(info) : 0));
    // About 3 numbers a nanosecond.
    backend.run("rmsNorm", [...addresses, width, bits(attrs.eps)], rows, (rows * width) / 3);
    return output;
  }),
  simdKernel<GradInputs, { eps: number }>("TxRmsNormGrad", ({ inputs, attrs, backend }) => {
    const { x, gain, dy } = inputs;
    const width = x.shape.at(-1)!;
    const rows = util.sizeFromShape(x.shape.slice(0, -1));
    const dx = backend.output(x.shape);
    const addresses = [x, gain, dy, dx].map((info) => (info ? backend.addressOf(info) : 0));
    const wanted = [gain !== undefined];
    const [dGain] = inParts(backend, rows, width, wanted, (partial, part, parts) => {
      const args = [...addresses, ...partial, rows, width, part, bits(attrs.eps)];
      backend.run("rmsNormGrad", args, parts, (rows * width) / 2);
    });
    return [dx, ...(dGain ? [dGain] : [])];
  }),
];
