import { getKernel, registerKernel } from "@tensorflow/tfjs-core";
import { kernels } from "./kernels";

/**
 * Gives tfjs's `webgpu` backend the kernels of `@tx/ops`, which importing the package does already.
 * It may run or start before or after; a kernel that is there under the same name stays.
 */
export function registerWebgpu(): void {
  for (const kernel of kernels) {
    if (!getKernel(kernel.kernelName, "webgpu")) registerKernel(kernel);
  }
}
