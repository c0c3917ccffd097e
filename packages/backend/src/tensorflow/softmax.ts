import { div, type KernelFunc, sum, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native";

/**
 * Softmax whose rows add up to 1. TensorFlow's own on CPUs (2.15.1) multiplies by an approximate
 * reciprocal: a row with one weight has 0.99999994 there, and the gradient of its scores, which is to
 * be 0, has the size of their rounding.
 *
 * @param softmax tfjs-node's kernel
 */
export function exactSoftmax(softmax: KernelFunc): KernelFunc {
  return (call) => {
    if ((call.backend as NativeBackend).isUsingGpuDevice) return softmax(call);
    return tidy(() => {
      const weights = softmax(call) as Tensor;
      return div(weights, sum(weights, -1, true));
    });
  };
}
