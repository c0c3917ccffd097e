import { Softmax, type SoftmaxAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { simdOrCpuKernel } from "../on-cpu";

const NS_A_NUMBER = 1.5;

export const softmaxKernels = [
  simdOrCpuKernel<{ logits: TensorInfo }, SoftmaxAttrs>(
    Softmax,
    ({ inputs: { logits }, attrs: { dim }, backend }) => {
      const { shape, dtype } = logits;
      const last = shape.length - 1;
      // The cpu backend's kernel says what is wrong with any other axis.
      if (dtype !== "float32" || last < 0 || (dim !== -1 && dim !== last)) return undefined;
      const from = backend.addressOf(logits);
      const output = backend.output(shape);
      const size = util.sizeFromShape(shape);
      const width = shape[last]!;
      const args = [from, backend.addressOf(output), width];
      backend.run("softmax", args, size === 0 ? 0 : size / width, size * NS_A_NUMBER);
      return output;
    },
  ),
];
