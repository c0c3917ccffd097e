import { type GradSaveFunc, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { runAlone, runKernelOr } from "../run-kernel";
import { ShapeError } from "../shapes";
import {
  type GateActivation,
  gateActivations,
  gatedGradReference,
  gatedReference,
} from "./reference";

/**
 * activation(gate) · up, element by element: the inside of a gated linear unit. "sigmoid" makes GLU,
 * "relu" ReGLU, "gelu" GEGLU, "silu" SwiGLU.
 *
 * Kernel contract: `TxGated` {gate, up} {activation} → shape of gate;
 * `TxGatedGrad` {gate, up, dy} {activation} → [dGate, dUp].
 *
 * @param gate Any shape.
 * @param up The shape of gate.
 * @param activation "gelu" is exact, "gelu-tanh" its approximation.
 * @returns The shape of gate.
 * @throws ShapeError if the shapes differ; RangeError for another activation.
 * @see Shazeer 2020, GLU Variants Improve Transformer, §2, https://arxiv.org/abs/2002.05202
 */
export function gated<T extends Tensor>(gate: T, up: T, activation: GateActivation): T {
  if (!Object.hasOwn(gateActivations, activation)) {
    const known = Object.keys(gateActivations).join(", ");
    throw new RangeError(`activation: expected one of ${known}, got ${JSON.stringify(activation)}`);
  }
  if (gate.shape.join() !== up.shape.join()) {
    throw new ShapeError(
      `up: expected the shape of gate, [${gate.shape.join(", ")}], got [${up.shape.join(", ")}]`,
    );
  }
  const alone = runAlone<T>("TxGated", { gate, up }, { activation });
  if (alone) return alone;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [gate, up, save] = args as [Tensor, Tensor, GradSaveFunc];
    save([gate, up]);
    return {
      value: runKernelOr("TxGated", { gate, up }, { activation }, () =>
        gatedReference(gate, up, activation),
      ),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [gate, up] = saved as [Tensor, Tensor];
          return runKernelOr("TxGatedGrad", { gate, up, dy }, { activation }, () =>
            gatedGradReference(dy, gate, up, activation),
          );
        }),
    };
  })(gate, up) as T;
}
