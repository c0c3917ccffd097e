import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { dropoutConstants } from "@tx/ops";
import { bits } from "../backend";
import { simdKernel } from "../simd-kernel";

const BLOCK = 1024;

export const dropoutKernels = [
  simdKernel<{ x: TensorInfo }, { rate: number; seed: number }>(
    "TxDropout",
    ({ inputs: { x }, attrs: { rate, seed }, backend }) => {
      const { firstKey, secondKey, threshold, kept } = dropoutConstants(rate, seed);
      const size = util.sizeFromShape(x.shape);
      const from = backend.addressOf(x);
      const y = backend.output(x.shape);
      const args = [from, backend.addressOf(y), size, firstKey, secondKey, threshold, bits(kept)];
      backend.run("dropout", args, Math.ceil(size / BLOCK), size * 0.7);
      return y;
    },
  ),
];
