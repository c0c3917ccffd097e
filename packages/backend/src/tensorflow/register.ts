import {
  GatherV2,
  getKernel,
  type KernelFunc,
  registerKernel,
  Softmax,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { adamW } from "./adam-w";
import { crossEntropy, crossEntropyGrad } from "./cross-entropy";
import { embeddingLookup, gatherFromEnd } from "./gather";
import { clipCoefficient, globalNorm } from "./global-norm";
import { exactSoftmax } from "./softmax";

const backendName = "tensorflow";

/**
 * Kernels of @tx/ops for tfjs-node by TensorFlow's own operations, where those do it in fewer passes.
 *
 * Measured and left out (TensorFlow 2.15.1, CPU): MatMul in place of tfjs-node's BatchMatMulV2 takes
 * as long; FusedBatchNormV3 as a layer normalisation takes longer than the nine operations of the
 * reference. FusedMatMul cannot be asked for through the binding, which passes no list of strings.
 */
const kernels: Readonly<Record<string, KernelFunc>> = {
  TxAdamW: adamW,
  TxGlobalNorm: globalNorm,
  TxClipCoefficient: clipCoefficient,
  TxEmbeddingLookup: embeddingLookup,
  TxSoftmaxCrossEntropy: crossEntropy,
  TxSoftmaxCrossEntropyGrad: crossEntropyGrad,
};

/** tfjs-node's kernels that differ from those of tfjs's other backends. */
const mended: Readonly<Record<string, (kernel: KernelFunc) => KernelFunc>> = {
  [Softmax]: exactSoftmax,
  [GatherV2]: gatherFromEnd,
};

/** Registers them for the backend "tensorflow", once for each process. */
export function registerTensorflowKernels(): void {
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    if (getKernel(kernelName, backendName)) continue;
    registerKernel({ kernelName, backendName, kernelFunc });
  }
  for (const [kernelName, mend] of Object.entries(mended)) {
    const kernel = getKernel(kernelName, backendName);
    if (kernel === undefined || done in kernel) continue;
    unregisterKernel(kernelName, backendName);
    const kernelFunc = mend(kernel.kernelFunc);
    registerKernel(Object.assign({ ...kernel, kernelFunc }, { [done]: true }));
  }
}

const done = Symbol.for("@tx/backend/mended");
