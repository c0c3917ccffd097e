import type { TensorInfo } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { bits, type SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";

interface Inputs {
  parameter: TensorInfo;
  gradient: TensorInfo;
  firstMoment: TensorInfo;
  secondMoment: TensorInfo;
  gradientScale?: TensorInfo;
}

interface Attributes {
  beta1: number;
  beta2: number;
  eps: number;
  stepSize: number;
  secondCorrection: number;
  keep: number;
  overwrite: boolean;
  skipNaN?: boolean;
}

/** Numbers of a unit, a multiple of 4. */
const BLOCK = 4096;

/** One update of one parameter; where asked to, in place of what nobody else holds. */
function adamW(backend: SimdBackend, inputs: Inputs, attrs: Attributes): TensorInfo[] {
  const { parameter, gradient, firstMoment, secondMoment, gradientScale } = inputs;
  const read = [parameter, gradient, firstMoment, secondMoment].map((x) => backend.addressOf(x));
  const scale = gradientScale ? backend.addressOf(gradientScale) : 0;
  const size = util.sizeFromShape(parameter.shape);
  const given = Object.values(inputs).filter((input) => input !== undefined);
  const replaced = [parameter, firstMoment, secondMoment];
  const inPlace = replaced.map((input) => attrs.overwrite && isAlone(backend, input, given));
  const outputs = replaced.map((input, n) => (inPlace[n] ? input : backend.output(input.shape)));
  // A share of a thread that is gone is done once more, which in place would update twice: there
  // is one unit then, which the caller's own thread does.
  const block = inPlace.includes(true) ? Math.max(4, Math.ceil(size / 4) * 4) : BLOCK;
  const { beta1, beta2, eps, stepSize, secondCorrection, keep } = attrs;
  const floats = [beta1, 1 - beta1, beta2, 1 - beta2, eps, stepSize, secondCorrection, keep];
  const written = outputs.map((output) => backend.addressOf(output));
  const args = [...read, scale, ...written, size, block, ...floats.map(bits)];
  backend.run("adamW", args, Math.ceil(size / block), size * 0.7);
  return outputs.map(({ dataId, shape, dtype }, n) => {
    if (inPlace[n]) backend.incRef(dataId);
    return { dataId, shape, dtype };
  });
}

/** Whether one input, and no other tensor, holds its data. */
function isAlone(backend: SimdBackend, { dataId }: TensorInfo, given: TensorInfo[]): boolean {
  const holders = given.filter((other) => other.dataId === dataId);
  return holders.length === 1 && backend.refCount(dataId) === 1;
}

export const adamWKernels = [
  simdKernel<Inputs, Attributes>("TxAdamW", ({ inputs, attrs, backend }) =>
    // Here whoever updates has read the norm before: this is the reference's.
    attrs.skipNaN ? [] : adamW(backend, inputs, attrs),
  ),
];
