import type { Tensor } from "@tensorflow/tfjs-core";
import { runKernelPair } from "../run-kernel-pair";
import { refuseShape } from "../shapes";
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
    refuseShape("up", `the shape of gate, [${gate.shape.join(", ")}]`, up);
  }
  return runKernelPair("TxGated", { gate, up }, { activation }, gatedReference, gatedGradReference);
}
