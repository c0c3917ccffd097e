import { engine, type Tensor } from "@tensorflow/tfjs-core";
import { present, type Run } from "./call";
import { attributesOf, inputsOf } from "./kernel-call";
import { withKeysTaken } from "./layout";

type KernelRun = Parameters<ReturnType<typeof engine>["runKernel"]>;

/** Attention by the engine's kernels. */
export const fused: Run = (operands, settings, save) =>
  // A gradient's kernels see whole tensors, so that a buffer's gradient is as large as the buffer.
  engine().state.gradientDepth > 0
    ? withKeysTaken(byKernels)(operands, settings, save)
    : byKernels(operands, settings, save);

const byKernels: Run = (operands, settings, save) => {
  const inputs = present(inputsOf(operands, settings));
  const attributes = attributesOf(settings) as KernelRun[2];
  const run = (kernel: string, tensors: [string, Tensor][]) =>
    engine().runKernel(kernel, Object.fromEntries(tensors), attributes) as Tensor[];
  const [output, logSumExp] = run("TxAttention", inputs) as [Tensor, Tensor];
  save([...inputs.map(([, tensor]) => tensor), output, logSumExp]);
  const names = [...inputs.map(([name]) => name), "output", "logSumExp"];
  return {
    value: output,
    gradFunc: (dy, saved) => {
      const tensors = saved.map((tensor, i): [string, Tensor] => [names[i]!, tensor]);
      return run("TxAttentionGrad", [...tensors, ["dy", dy]]);
    },
  };
};
