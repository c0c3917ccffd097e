import { engine, type Tensor } from "@tensorflow/tfjs-core";
import { hasDeclined } from "../run-kernel";
import { present, type Run } from "./call";
import { attributesOf, inputsOf } from "./kernel-call";
import { withKeysTaken } from "./layout";

type KernelRun = Parameters<ReturnType<typeof engine>["runKernel"]>;

/** Attention by the engine's kernels; by the other way where they cannot do a call. */
export const fused =
  (otherwise: Run): Run =>
  (operands, settings, save) => {
    const run = byKernels(otherwise);
    // A gradient's kernels see whole tensors, so that a buffer's gradient is as large as the buffer.
    return engine().state.gradientDepth > 0
      ? withKeysTaken(run)(operands, settings, save)
      : run(operands, settings, save);
  };

const byKernels =
  (otherwise: Run): Run =>
  (operands, settings, save) => {
    const inputs = present(inputsOf(operands, settings));
    const attributes = attributesOf(settings) as KernelRun[2];
    const run = (kernel: string, tensors: [string, Tensor][]) =>
      engine().runKernel(kernel, Object.fromEntries(tensors), attributes) as Tensor[];
    const made = run("TxAttention", inputs);
    if (hasDeclined(made)) return otherwise(operands, settings, save);
    const [output, logSumExp] = made as [Tensor, Tensor];
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
