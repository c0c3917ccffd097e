import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type Activation, activationCode } from "../activations";
import type { WebgpuBackend } from "../backend";
import { forEach } from "../each";
import { areAll, made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Inputs {
  x: TensorInfo;
}

interface GradInputs extends Inputs {
  /** The shape of x. */
  dy: TensorInfo;
}

function value(backend: WebgpuBackend, { x }: Inputs, activation: Activation) {
  if (!areAll("float32", x)) return declined;
  const y = made(backend, x.shape);
  forEach(backend, {
    name: `activation_${activation}`,
    reads: { x },
    writes: { y },
    functions: () => activationCode(activation),
    body: "y[i] = activation(x[i]);",
  });
  return y;
}

/** dy times the derivative at x. */
export function activationGradient(
  backend: WebgpuBackend,
  { x, dy }: GradInputs,
  activation: Activation,
): TensorInfo {
  const dx = made(backend, x.shape);
  forEach(backend, {
    name: `activationGradient_${activation}`,
    reads: { x, dy },
    writes: { dx },
    functions: () => activationCode(activation),
    body: "dx[i] = dy[i] * activationSlope(x[i]);",
  });
  return dx;
}

function gradient(backend: WebgpuBackend, inputs: GradInputs, activation: Activation) {
  if (!areAll("float32", inputs.x, inputs.dy)) return declined;
  return activationGradient(backend, inputs, activation);
}

const ofForm = { erf: "gelu", tanh: "gelu-tanh" } as const;
type Form = keyof typeof ofForm;

interface GatedInputs {
  gate: TensorInfo;
  /** The shape of gate. */
  up: TensorInfo;
}

type Gate = Exclude<Activation, "linear">;

export const activationKernels = [
  webgpuKernel<Inputs, { form: Form }>("TxGelu", ({ inputs, attrs, backend }) =>
    value(backend, inputs, ofForm[attrs.form]),
  ),
  webgpuKernel<GradInputs, { form: Form }>("TxGeluGrad", ({ inputs, attrs, backend }) =>
    gradient(backend, inputs, ofForm[attrs.form]),
  ),
  webgpuKernel<Inputs>("TxSilu", ({ inputs, backend }) => value(backend, inputs, "silu")),
  webgpuKernel<GradInputs>("TxSiluGrad", ({ inputs, backend }) =>
    gradient(backend, inputs, "silu"),
  ),
  webgpuKernel<GatedInputs, { activation: Gate }>("TxGated", ({ inputs, attrs, backend }) => {
    const { gate, up } = inputs;
    if (!areAll("float32", gate, up)) return declined;
    const y = made(backend, gate.shape);
    forEach(backend, {
      name: `gated_${attrs.activation}`,
      reads: { gate, up },
      writes: { y },
      functions: () => activationCode(attrs.activation),
      body: "y[i] = activation(gate[i]) * up[i];",
    });
    return y;
  }),
  webgpuKernel<GatedInputs & { dy: TensorInfo }, { activation: Gate }>(
    "TxGatedGrad",
    ({ inputs, attrs, backend }) => {
      const { gate, up, dy } = inputs;
      if (!areAll("float32", gate, up, dy)) return declined;
      const [dGate, dUp] = [made(backend, gate.shape), made(backend, gate.shape)];
      forEach(backend, {
        name: `gatedGradient_${attrs.activation}`,
        reads: { gate, up, dy },
        writes: { dGate, dUp },
        functions: () => activationCode(attrs.activation),
        body: `let g = gate[i];
    dGate[i] = dy[i] * up[i] * activationSlope(g);
    dUp[i] = dy[i] * activation(g);`,
      });
      return [dGate, dUp];
    },
  ),
];
