import type { TensorInfo } from "@tensorflow/tfjs-core";
import { forEach } from "../each";
import { RANDOM_BITS, randomUniforms } from "../random-bits";
import { areAll, made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

export const dropoutKernels = [
  webgpuKernel<{ x: TensorInfo }, { rate: number; seed: number }>(
    "TxDropout",
    ({ inputs: { x }, attrs: { rate, seed }, backend }) => {
      if (!areAll("float32", x)) return declined;
      const y = made(backend, x.shape);
      forEach(backend, {
        name: "dropout",
        reads: { x },
        writes: { y },
        uniforms: randomUniforms(rate, seed),
        functions: () => RANDOM_BITS,
        body: "y[i] = x[i] * dropoutScale(u32(i));",
      });
      return y;
    },
  ),
];
