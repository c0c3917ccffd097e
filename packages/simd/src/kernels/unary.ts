import type { TensorInfo } from "@tensorflow/tfjs-core";
import {
  Abs,
  Ceil,
  ClipByValue,
  type ClipByValueAttrs,
  Elu,
  Erf,
  Exp,
  Floor,
  LeakyRelu,
  type LeakyReluAttrs,
  Log,
  Neg,
  Reciprocal,
  Relu,
  Relu6,
  Round,
  Rsqrt,
  Sigmoid,
  Sign,
  Sqrt,
  Square,
  Step,
  type StepAttrs,
  Tanh,
  util,
} from "@tensorflow/tfjs-core";
import { bits, type SimdBackend } from "../backend";
import { simdOrCpuKernel } from "../on-cpu";

/** Numbers of a unit. */
const BLOCK = 1024;

/** An operation as the assembly numbers it, and about how long it takes for one number. */
interface Unary {
  readonly operation: number;
  readonly nanoseconds: number;
}

const exp: Unary = { operation: 0, nanoseconds: 1 };
const log: Unary = { operation: 1, nanoseconds: 1.2 };
const tanh: Unary = { operation: 2, nanoseconds: 1.5 };
const sigmoid: Unary = { operation: 3, nanoseconds: 1.5 };
const erf: Unary = { operation: 4, nanoseconds: 1.8 };
const relu: Unary = { operation: 5, nanoseconds: 0.25 };
const leakyRelu: Unary = { operation: 6, nanoseconds: 0.25 };
const elu: Unary = { operation: 7, nanoseconds: 1 };
const sqrt: Unary = { operation: 8, nanoseconds: 0.8 };
const rsqrt: Unary = { operation: 9, nanoseconds: 1.5 };
export const square: Unary = { operation: 10, nanoseconds: 0.25 };
const abs: Unary = { operation: 11, nanoseconds: 0.25 };
const neg: Unary = { operation: 12, nanoseconds: 0.25 };
export const reciprocal: Unary = { operation: 13, nanoseconds: 0.8 };
const step: Unary = { operation: 14, nanoseconds: 0.25 };
const sign: Unary = { operation: 15, nanoseconds: 0.25 };
const clip: Unary = { operation: 16, nanoseconds: 0.25 };
const floor: Unary = { operation: 17, nanoseconds: 0.25 };
const ceil: Unary = { operation: 18, nanoseconds: 0.25 };
const round: Unary = { operation: 19, nanoseconds: 0.25 };
/** x to the power of a half, which is 0 for -0 and infinity for -infinity. */
export const halfPower: Unary = { operation: 20, nanoseconds: 0.8 };

/** One operation on each float. */
export function unary(
  backend: SimdBackend,
  { operation, nanoseconds }: Unary,
  x: TensorInfo,
  parameters: readonly number[] = [],
): TensorInfo {
  const from = backend.addressOf(x);
  const output = backend.output(x.shape);
  const size = util.sizeFromShape(x.shape);
  const args = [from, backend.addressOf(output), size, operation, ...parameters.map(bits)];
  backend.run("unary", args, Math.ceil(size / BLOCK), size * nanoseconds);
  return output;
}

function kernel<Attributes>(
  name: string,
  operation: Unary,
  parametersOf: (attrs: Attributes) => readonly number[] = () => [],
) {
  return simdOrCpuKernel<{ x: TensorInfo }, Attributes>(
    name,
    ({ inputs: { x }, attrs, backend }) =>
      x.dtype === "float32" ? unary(backend, operation, x, parametersOf(attrs)) : undefined,
  );
}

export const unaryKernels = [
  kernel(Exp, exp),
  kernel(Log, log),
  kernel(Tanh, tanh),
  kernel(Sigmoid, sigmoid),
  kernel(Erf, erf),
  kernel(Relu, relu),
  kernel(Relu6, clip, () => [0, 6]),
  kernel<LeakyReluAttrs>(LeakyRelu, leakyRelu, ({ alpha }) => [alpha]),
  kernel(Elu, elu),
  kernel(Sqrt, sqrt),
  kernel(Rsqrt, rsqrt),
  kernel(Square, square),
  kernel(Abs, abs),
  kernel(Neg, neg),
  kernel(Reciprocal, reciprocal),
  kernel<StepAttrs>(Step, step, ({ alpha }) => [alpha]),
  kernel(Sign, sign),
  kernel<ClipByValueAttrs>(ClipByValue, clip, (attrs) => [attrs.clipValueMin, attrs.clipValueMax]),
  kernel(Floor, floor),
  kernel(Ceil, ceil),
  kernel(Round, round),
];
