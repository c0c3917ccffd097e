import { fill, type Tensor } from "@tensorflow/tfjs-core";
import { type Gradient, gradientOf, type KernelName } from "./gradient";

/**
 * Kernels whose output is constant between jumps and not of their inputs' shape.
 *
 * Their gradient is nothing, but tfjs has to be told: it goes back along every path to a
 * variable, also by way of a condition, and throws where a kernel has no gradient.
 */
const table: readonly (readonly [inputs: string[], kernelNames: readonly KernelName[]])[] = [
  [["x"], ["All", "Any", "ArgMax", "ArgMin"]],
  [["indices"], ["OneHot"]],
  [
    ["a", "b"],
    [
      ...(["Equal", "FloorDiv", "Greater", "GreaterEqual", "Less", "LessEqual"] as const),
      ...(["LogicalAnd", "LogicalOr", "NotEqual"] as const),
    ],
  ],
];

export const flatGradients = (): Gradient[] =>
  table.flatMap(([inputs, kernelNames]) =>
    kernelNames.map((kernelName) =>
      gradientOf(
        kernelName,
        inputs,
        Object.fromEntries(
          inputs.map((name, i) => [
            name,
            (_dy: Tensor, saved: Tensor[]) => fill(saved[i]!.shape, 0),
          ]),
        ),
      ),
    ),
  );
