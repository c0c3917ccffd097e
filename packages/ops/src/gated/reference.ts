import { mul, neg, relu, sigmoid, step, type Tensor } from "@tensorflow/tfjs-core";
import { geluGradReference, geluReference } from "../gelu/reference";
import { siluGradReference, siluReference } from "../silu/reference";

/** "gelu" is exact, "gelu-tanh" its approximation. */
export type GateActivation = "sigmoid" | "relu" | "gelu" | "gelu-tanh" | "silu";

interface Curve {
  value(x: Tensor): Tensor;
  /** dy times the derivative at x. */
  gradient(dy: Tensor, x: Tensor): Tensor;
}

export const gateActivations: Readonly<Record<GateActivation, Curve>> = {
  sigmoid: {
    value: (x) => sigmoid(x),
    gradient: (dy, x) => mul(dy, mul(sigmoid(x), sigmoid(neg(x)))),
  },
  relu: { value: (x) => relu(x), gradient: (dy, x) => mul(dy, step(x)) },
  gelu: {
    value: (x) => geluReference(x, "erf"),
    gradient: (dy, x) => geluGradReference(dy, x, "erf"),
  },
  "gelu-tanh": {
    value: (x) => geluReference(x, "tanh"),
    gradient: (dy, x) => geluGradReference(dy, x, "tanh"),
  },
  silu: { value: siluReference, gradient: siluGradReference },
};

/** activation(gate) · up in stock operations, without a gradient of its own. */
export function gatedReference(gate: Tensor, up: Tensor, activation: GateActivation): Tensor {
  return mul(gateActivations[activation].value(gate), up);
}

/** Gradients for gate and up. */
export function gatedGradReference(
  dy: Tensor,
  gate: Tensor,
  up: Tensor,
  activation: GateActivation,
): Tensor[] {
  const { value, gradient } = gateActivations[activation];
  return [gradient(mul(dy, up), gate), mul(dy, value(gate))];
}
