import { engine, type Tensor } from "@tensorflow/tfjs-core";
import { present, type Run } from "./call";
import { withKeysTaken } from "./layout";
import { maskTensors } from "./mask";

/** Attention by the engine's kernels. */
export const fused: Run = (operands, settings, save) =>
  // A gradient's kernels see whole tensors, so that a buffer's gradient is as large as the buffer.
  engine().state.gradientDepth > 0
    ? withKeysTaken(byKernels)(operands, settings, save)
    : byKernels(operands, settings, save);

const byKernels: Run = (operands, { mask, scale, dropout, layout, keyCount }, save) => {
  const inputs = present({
    ...operands,
    ...maskTensors(mask),
  });
  const attributes = {
    layout,
    scale,
    causal: mask.causal ?? false,
    ...Object.fromEntries(
      present({
        keyCount,
        windowBefore: mask.window?.before,
        windowAfter: mask.window?.after,
        prefix: mask.prefix,
      }),
    ),
    dropoutRate: dropout?.rate ?? 0,
    dropoutSeed: dropout?.seed ?? 0,
  };
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
