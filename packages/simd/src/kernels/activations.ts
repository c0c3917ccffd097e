import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { GateActivation, GeluForm } from "@tx/ops";
import type { SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";

/** The kernels' numbers. */
const kinds: Readonly<Record<GateActivation, number>> = {
  sigmoid: 0,
  relu: 1,
  gelu: 2,
  "gelu-tanh": 3,
  silu: 4,
};
/** Numbers of a unit. */
const BLOCK = 1024;
/** About how long a number takes. */
const NANOSECONDS = 1.5;

interface Input {
  x: TensorInfo;
}

interface Pair {
  gate: TensorInfo;
  /** The shape of gate. */
  up: TensorInfo;
}

interface Gradient {
  /** The shape of the output. */
  dy: TensorInfo;
}

/** activation(x) · up */
function forward(
  backend: SimdBackend,
  activation: GateActivation,
  x: TensorInfo,
  up?: TensorInfo,
): TensorInfo {
  const size = util.sizeFromShape(x.shape);
  const output = backend.output(x.shape);
  const args = addresses(backend, x, up, output);
  const units = Math.ceil(size / BLOCK);
  backend.run("activation", [...args, size, kinds[activation]], units, NANOSECONDS * size);
  return output;
}

/** Gradients for x and, where there is one, up. */
function backward(
  backend: SimdBackend,
  activation: GateActivation,
  dy: TensorInfo,
  x: TensorInfo,
  up?: TensorInfo,
): TensorInfo[] {
  const size = util.sizeFromShape(x.shape);
  const dx = backend.output(x.shape);
  const dUp = up && backend.output(x.shape);
  const args = addresses(backend, x, up, dy, dx, dUp);
  const units = Math.ceil(size / BLOCK);
  backend.run("activationGrad", [...args, size, kinds[activation]], units, NANOSECONDS * size);
  return dUp ? [dx, dUp] : [dx];
}

/** dy · activation'(x) */
export function activationGradient(
  backend: SimdBackend,
  activation: GateActivation,
  dy: TensorInfo,
  x: TensorInfo,
): TensorInfo {
  return backward(backend, activation, dy, x)[0]!;
}

/** 0 for what is not there. */
function addresses(backend: SimdBackend, ...infos: (TensorInfo | undefined)[]): number[] {
  return infos.map((info) => (info ? backend.addressOf(info) : 0));
}

const geluKind = ({ form }: { form: GeluForm }) => (form === "tanh" ? "gelu-tanh" : "gelu");

export const activationKernels = [
  simdKernel<Input, { form: GeluForm }>("TxGelu", ({ inputs, attrs, backend }) =>
    forward(backend, geluKind(attrs), inputs.x),
  ),
  simdKernel<Input & Gradient, { form: GeluForm }>(
    "TxGeluGrad",
    ({ inputs, attrs, backend }) => backward(backend, geluKind(attrs), inputs.dy, inputs.x)[0]!,
  ),
  simdKernel<Input>("TxSilu", ({ inputs, backend }) => forward(backend, "silu", inputs.x)),
  simdKernel<Input & Gradient>(
    "TxSiluGrad",
    ({ inputs, backend }) => backward(backend, "silu", inputs.dy, inputs.x)[0]!,
  ),
  simdKernel<Pair, { activation: GateActivation }>("TxGated", ({ inputs, attrs, backend }) =>
    forward(backend, attrs.activation, inputs.gate, inputs.up),
  ),
  simdKernel<Pair & Gradient, { activation: GateActivation }>(
    "TxGatedGrad",
    ({ inputs, attrs, backend }) =>
      backward(backend, attrs.activation, inputs.dy, inputs.gate, inputs.up),
  ),
];
