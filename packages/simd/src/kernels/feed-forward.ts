import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { LinearActivation } from "@tx/ops";
import { simdKernel } from "../simd-kernel";
import { mapRows, rowsOf } from "./linear";

interface Inputs {
  /** [..., inputs] */
  x: TensorInfo;
  /** [inputs, inner] */
  expandKernel: TensorInfo;
  /** [inner] */
  expandBias?: TensorInfo;
  /** [inner, outputs] */
  contractKernel: TensorInfo;
  /** [outputs] */
  contractBias?: TensorInfo;
  /** [..., outputs] */
  residual?: TensorInfo;
}

/** Two products, of which the first one's result is never a tensor. */
const feedForward = simdKernel<Inputs, { activation: LinearActivation }>(
  "TxFeedForward",
  ({ inputs, attrs: { activation }, backend }) => {
    const { x, expandKernel, expandBias, contractKernel, contractBias, residual } = inputs;
    const rows = rowsOf(x);
    const output = backend.output([...x.shape.slice(0, -1), contractKernel.shape[1]!]);
    const inner = backend.reserve(rows * expandKernel.shape[1]!);
    try {
      const expand = { kernel: expandKernel, bias: expandBias, activation };
      mapRows(backend, rows, backend.addressOf(x), inner, expand);
      mapRows(backend, rows, inner, backend.addressOf(output), {
        kernel: contractKernel,
        bias: contractBias,
        residual: residual ? backend.addressOf(residual) : 0,
      });
    } finally {
      backend.heap.release(inner);
    }
    return output;
  },
);

export const feedForwardKernels = [feedForward];
