import { mul, neg, relu, sigmoid, step, type Tensor } from "@tensorflow/tfjs-core";
import { type GeluForm, geluGradReference, geluReference } from "../gelu/reference";
import type { Curve } from "../linear/reference";
import { siluGradReference, siluReference } from "../silu/reference";

/** "gelu" is exact, "gelu-tanh" its approximation. */
export type GateActivation = "sigmoid" | "relu" | "gelu" | "gelu-tanh" | "silu";

const gelu = (form: GeluForm): Curve => ({
  value: (x) => geluReference({ x }, { form }),
  gradient: (dy, x) => geluGradReference({ x, dy }, { form }),
});

export const gateActivations: Readonly<Record<GateActivation, Curve>> = {
  sigmoid: {
    value: (x) => sigmoid(x),
    gradient: (dy, x) => mul(dy, mul(sigmoid(x), sigmoid(neg(x)))),
  },
  relu: { value: (x) => relu(x), gradient: (dy, x) => mul(dy, step(x)) },
  gelu: /* @__PURE__ */ gelu("erf"),
  "gelu-tanh": /* @__PURE__ */ gelu("tanh"),
  silu: { value: (x) => siluReference({ x }), gradient: (dy, x) => siluGradReference({ x, dy }) },
};

interface Inputs {
  readonly gate: Tensor;
  readonly up: Tensor;
}

/** activation(gate) · up in stock operations, without a gradient of its own. */
export function gatedReference(
  { gate, up }: Inputs,
  { activation }: { activation: GateActivation },
): Tensor {
  return mul(gateActivations[activation].value(gate), up);
}

/** Gradients for gate and up. */
export function gatedGradReference(
  { gate, up, dy }: Inputs & { dy: Tensor },
  { activation }: { activation: GateActivation },
): Tensor[] {
  const { value, gradient } = gateActivations[activation];
  return [gradient(mul(dy, up), gate), mul(dy, value(gate))];
}
