import {
  All,
  Any,
  ArgMax,
  ArgMin,
  Equal,
  FloorDiv,
  fill,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalOr,
  NotEqual,
  OneHot,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { Gradient } from "./gradient";

/**
 * Kernels whose output is constant between jumps and not of their inputs' shape.
 *
 * Their gradient is nothing, but tfjs has to be told: it goes back along every path to a
 * variable, also by way of a condition, and throws where a kernel has no gradient.
 */
const table: readonly (readonly [inputs: string[], kernelNames: readonly string[]])[] = [
  [["x"], [All, Any, ArgMax, ArgMin]],
  [["indices"], [OneHot]],
  [
    ["a", "b"],
    [Equal, FloorDiv, Greater, GreaterEqual, Less, LessEqual, LogicalAnd, LogicalOr, NotEqual],
  ],
];

export const flatGradients = (): Gradient[] =>
  table.flatMap(([inputs, kernelNames]) =>
    kernelNames.map((kernelName) => ({
      kernelName,
      inputsToSave: inputs,
      gradFunc: (_dy: Tensor | Tensor[], saved: Tensor[]) =>
        Object.fromEntries(inputs.map((name, i) => [name, () => fill(saved[i]!.shape, 0)])),
    })),
  );
