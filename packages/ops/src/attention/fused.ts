import { engine, type Tensor } from "@tensorflow/tfjs-core";
import { nothing, runKernelOr } from "../run-kernel";
import type { Run } from "./call";
import { attributesOf, inputsOf } from "./kernel-call";
import { withKeysTaken } from "./layout";

/** Attention by the engine's kernels; by the other way where there are none, or they cannot do a call. */
export const fused =
  (otherwise: Run): Run =>
  (operands, settings) => {
    const run = byKernels(otherwise);
    // A gradient's kernels see whole tensors, so that a buffer's gradient is as large as the buffer.
    return (engine().state.gradientDepth > 0 ? withKeysTaken(run) : run)(operands, settings);
  };

const byKernels =
  (otherwise: Run): Run =>
  (operands, settings) => {
    const inputs = inputsOf(operands, settings);
    const attributes = attributesOf(settings);
    const made = runKernelOr("TxAttention", inputs, attributes, nothing<Tensor[]>);
    if (!made) return otherwise(operands, settings);
    const [output, logSumExp] = made as [Tensor, Tensor];
    return [
      output,
      { ...inputs, output, logSumExp },
      (told) => runKernelOr("TxAttentionGrad", told, attributes, nothing<Tensor[]>)!,
    ];
  };
