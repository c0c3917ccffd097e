import type { TensorInfo } from "@tensorflow/tfjs-core";
import { forEach } from "../each";
import { again, areUnshared } from "../in-place";
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
  overwrite?: boolean;
  skipNaN?: boolean;
}

/**
 * One update of one parameter in one program: over the old numbers where nobody else holds them, so
 * that an update takes no memory; else to new buffers.
 */
export const adamWKernels = [
  webgpuKernel<Inputs, Attributes>("TxAdamW", ({ inputs, attrs, backend }) => {
    const { parameter, gradient, firstMoment, secondMoment, gradientScale } = inputs;
    if (!areAll("float32", parameter, gradient, firstMoment, secondMoment, gradientScale)) {
      return declined;
    }
    const before = [parameter, firstMoment, secondMoment];
    const inPlace = attrs.overwrite && areUnshared(backend, before, [gradient, gradientScale]);
    const outputs = inPlace ? before : before.map(({ shape }) => made(backend, shape));
    const [newParameter, newFirst, newSecond] = outputs as [TensorInfo, TensorInfo, TensorInfo];
    const { beta1, beta2, eps, stepSize, secondCorrection, keep } = attrs;
    // Where they are one, old and new go by one name.
    const [p, m, v] = inPlace
      ? ["newParameter", "newFirst", "newSecond"]
      : ["parameter", "firstMoment", "secondMoment"];
    forEach(backend, {
      name: `adamW${attrs.skipNaN ? "SkipNaN" : ""}${inPlace ? "InPlace" : ""}`,
      reads: {
        ...(inPlace ? {} : { parameter, firstMoment, secondMoment }),
        ...{ gradient, gradientScale },
      },
      writes: { newParameter, newFirst, newSecond },
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
    ${attrs.skipNaN ? `if (isnan(gradientScale[0])) { ${inPlace ? "" : KEEP} return; }` : ""}
    let g = gradient[i]${gradientScale ? " * gradientScale[0]" : ""};
    let m = ${m}[i] * uniforms.beta1 + g * uniforms.rest1;
    let v = ${v}[i] * uniforms.beta2 + g * g * uniforms.rest2;
    newFirst[i] = m;
    newSecond[i] = v;
    let step = m * uniforms.stepSize / (sqrt(v) * uniforms.secondCorrection + uniforms.eps);
    newParameter[i] = ${p}[i] * uniforms.keep - step;`,
    });
    return inPlace ? before.map((tensor) => again(backend, tensor)) : outputs;
  }),
];

/** The old numbers into the new buffers. */
const KEEP = `
      newParameter[i] = parameter[i];
      newFirst[i] = firstMoment[i];
      newSecond[i] = secondMoment[i];`;
