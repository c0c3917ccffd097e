import {
  getBackend,
  getKernelsForBackend,
  registerKernel,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

/** The kernels with which an engine has taken operations of @tx/ops over on the active backend. */
const engineKernels = () =>
  getKernelsForBackend(getBackend()).filter(({ kernelName }) => kernelName.startsWith("Tx"));

export const engineKernelNames = () => engineKernels().map(({ kernelName }) => kernelName);

/**
 * Runs work on the active backend as if no engine had taken an operation over, so that each is its
 * reference in stock operations.
 */
export function withoutEngine<Result>(work: () => Result): Result {
  const kernels = engineKernels();
  for (const { kernelName, backendName } of kernels) unregisterKernel(kernelName, backendName);
  try {
    return work();
  } finally {
    for (const kernel of kernels) registerKernel(kernel);
  }
}
