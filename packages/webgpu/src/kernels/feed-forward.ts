import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Activation } from "../activations";
import { canRunMaps, mapRows } from "../maps";
import { made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

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

/** Two programs, with all that belongs to each map within. */
export const feedForwardKernels = [
  webgpuKernel<Inputs, { activation: Activation }>(
    "TxFeedForward",
    ({ inputs, attrs: { activation }, backend }) => {
      const { x, expandKernel, expandBias, contractKernel, contractBias, residual } = inputs;
      const others = [expandBias, contractBias, residual];
      if (!canRunMaps(backend, x, [expandKernel, contractKernel], ...others)) return declined;
      const lead = x.shape.slice(0, -1);
      const inner = made(backend, [...lead, expandKernel.shape[1]!]);
      const output = made(backend, [...lead, contractKernel.shape[1]!]);
      const expand = { kernel: expandKernel, bias: expandBias, output: inner };
      mapRows(backend, x, [expand], { activation });
      const contract = { kernel: contractKernel, bias: contractBias, output };
      mapRows(backend, inner, [contract], { residual });
      backend.disposeData(inner.dataId);
      return output;
    },
  ),
];
