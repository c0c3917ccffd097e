import type { TensorInfo } from "@tensorflow/tfjs-core";
import { Select, util } from "@tensorflow/tfjs-core";
import { simdOrCpuKernel } from "../on-cpu";

/** Numbers of a unit. */
const BLOCK = 2048;
const NS_A_NUMBER = 0.4;

interface Choice {
  condition: TensorInfo;
  t: TensorInfo;
  e: TensorInfo;
}

export const selectKernels = [
  simdOrCpuKernel<Choice>(Select, ({ inputs: { condition, t, e }, backend }) => {
    const alike = [condition, e].every(({ shape }) => util.arraysEqual(shape, t.shape));
    const { dtype } = t;
    if (!alike || condition.dtype !== "bool" || e.dtype !== dtype) return undefined;
    if (dtype !== "float32" && dtype !== "int32") return undefined;
    const from = [condition, t, e].map((input) => backend.addressOf(input));
    const output = backend.output(t.shape, dtype);
    const size = util.sizeFromShape(t.shape);
    const args = [...from, backend.addressOf(output), size];
    backend.run("select", args, Math.ceil(size / BLOCK), size * NS_A_NUMBER);
    return output;
  }),
];
