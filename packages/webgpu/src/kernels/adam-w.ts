import type { TensorInfo } from "@tensorflow/tfjs-core";
import { forEach } from "../each";
import { float } from "../program";
import { areAll, made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

interface Inputs {
  parameter: TensorInfo;
  gradient: TensorInfo;
  firstMoment: TensorInfo;
  secondMoment: TensorInfo;
  /** Scalar */
  gradientScale?: TensorInfo;
}

interface Attributes {
  beta1: number;
  beta2: number;
  eps: number;
  stepSize: number;
  secondCorrection: number;
  keep: number;
  skipNaN?: boolean;
}

/**
 * One update of one parameter in one program, to new buffers, which the backend has from the update
 * before. In place would be no quicker, and a reading of the old numbers that is under way would end
 * in tfjs's copy of the new ones on the host (tfjs-backend-webgpu 4.22.0 keeps what it has read).
 */
export const adamWKernels = [
  webgpuKernel<Inputs, Attributes>("TxAdamW", ({ inputs, attrs, backend }) => {
    const { parameter, gradient, firstMoment, secondMoment, gradientScale } = inputs;
    if (!areAll("float32", parameter, gradient, firstMoment, secondMoment, gradientScale)) {
      return declined;
    }
    const outputs = [parameter, firstMoment, secondMoment].map(({ shape }) => made(backend, shape));
    const [newParameter, newFirst, newSecond] = outputs;
    const { beta1, beta2, eps, stepSize, secondCorrection, keep } = attrs;
    forEach(backend, {
      name: `adamW${attrs.skipNaN ? "SkipNaN" : ""}`,
      reads: { parameter, gradient, firstMoment, secondMoment, gradientScale },
      writes: { newParameter: newParameter!, newFirst: newFirst!, newSecond: newSecond! },
      uniforms: {
        beta1: float(beta1),
        rest1: float(1 - beta1),
        beta2: float(beta2),
        rest2: float(1 - beta2),
        eps: float(eps),
        stepSize: float(stepSize),
        secondCorrection: float(secondCorrection),
        keep: float(keep),
      },
      body: `
    ${
      attrs.skipNaN
        ? `if (isnan(gradientScale[0])) {
      newParameter[i] = parameter[i];
      newFirst[i] = firstMoment[i];
      newSecond[i] = secondMoment[i];
      return;
    }`
        : ""
    }
    let g = gradient[i]${gradientScale ? " * gradientScale[0]" : ""};
    let m = firstMoment[i] * uniforms.beta1 + g * uniforms.rest1;
    let v = secondMoment[i] * uniforms.beta2 + g * g * uniforms.rest2;
    newFirst[i] = m;
    newSecond[i] = v;
    let step = m * uniforms.stepSize / (sqrt(v) * uniforms.secondCorrection + uniforms.eps);
    newParameter[i] = parameter[i] * uniforms.keep - step;`,
    });
    return outputs;
  }),
];
