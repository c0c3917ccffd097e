import {
  Abs,
  Acos,
  Acosh,
  Asin,
  Asinh,
  Atan,
  Atanh,
  add,
  Cast,
  type CastAttrs,
  Ceil,
  ClipByValue,
  type ClipByValueAttrs,
  Cos,
  Cosh,
  clone,
  cos,
  cosh,
  div,
  Elu,
  Erf,
  Exp,
  Expm1,
  elu,
  exp,
  expm1,
  Floor,
  greater,
  greaterEqual,
  Identity,
  IsFinite,
  IsInf,
  IsNan,
  LeakyRelu,
  type LeakyReluAttrs,
  Log,
  Log1p,
  LogicalNot,
  lessEqual,
  logicalAnd,
  minimum,
  mul,
  Neg,
  neg,
  OnesLike,
  Reciprocal,
  Relu,
  Relu6,
  Round,
  Rsqrt,
  reciprocal,
  relu,
  relu6,
  rsqrt,
  Selu,
  Sigmoid,
  Sign,
  Sin,
  Sinh,
  Softplus,
  Sqrt,
  Square,
  Step,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  step,
  sub,
  Tan,
  Tanh,
  type Tensor,
  tan,
  tanh,
  where,
  ZerosLike,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { byOutput } from "./by-output";
import type { Gradient } from "./gradient";

/** The gradient of x from that of y = f(x), knowing x or y. All have one shape. */
type Derivative = (dy: Tensor, known: Tensor) => Tensor;
type Table = readonly (readonly [kernelName: string, derivative: Derivative])[];

const byInputs: Table = [
  [Abs, (dy, x) => mul(dy, sign(x))],
  [Acos, (dy, x) => neg(div(dy, sqrt(sub(1, square(x)))))],
  [Acosh, (dy, x) => div(dy, sqrt(sub(square(x), 1)))],
  [Asin, (dy, x) => div(dy, sqrt(sub(1, square(x))))],
  [Asinh, (dy, x) => div(dy, sqrt(add(square(x), 1)))],
  [Atan, (dy, x) => div(dy, add(square(x), 1))],
  [Atanh, (dy, x) => div(dy, sub(1, square(x)))],
  [Cos, (dy, x) => neg(mul(dy, sin(x)))],
  [Cosh, (dy, x) => mul(dy, sinh(x))],
  [Erf, (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))],
  [Log, (dy, x) => div(dy, x)],
  [Log1p, (dy, x) => div(dy, add(x, 1))],
  [Sin, (dy, x) => mul(dy, cos(x))],
  [Sinh, (dy, x) => mul(dy, cosh(x))],
  [Softplus, (dy, x) => mul(dy, sigmoid(x))],
  [Square, (dy, x) => mul(dy, mul(x, 2))],
];

// Scale and scale · alpha of Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
const seluScale = 1.0507009873554805;
const seluScaleAlpha = 1.7580993408473768;

const byOutputs: readonly (readonly [
  kernelName: string,
  f: (x: Tensor) => Tensor,
  derivative: Derivative,
])[] = [
  [Elu, elu, (dy, y) => mul(dy, add(minimum(y, 0), 1))],
  [Exp, exp, (dy, y) => mul(dy, y)],
  [Expm1, expm1, (dy, y) => mul(dy, add(y, 1))],
  [Reciprocal, reciprocal, (dy, y) => neg(mul(dy, square(y)))],
  [Relu, relu, (dy, y) => mul(dy, step(y))],
  [Relu6, relu6, (dy, y) => mul(dy, mul(step(y), step(sub(6, y))))],
  [Rsqrt, rsqrt, (dy, y) => mul(dy, mul(mul(square(y), y), -0.5))],
  [Selu, selu, (dy, y) => mul(dy, where(greater(y, 0), seluScale, add(y, seluScaleAlpha)))],
  [Sigmoid, sigmoid, (dy, y) => mul(dy, mul(y, sub(1, y)))],
  [Sqrt, sqrt, (dy, y) => div(dy, mul(y, 2))],
  [Tan, tan, (dy, y) => mul(dy, add(square(y), 1))],
  [Tanh, tanh, (dy, y) => mul(dy, sub(1, square(y)))],
];

const linear: Table = [
  [Identity, (dy) => clone(dy)],
  [Neg, (dy) => neg(dy)],
];

/** Constant between their jumps. */
const flat: readonly string[] = [
  Ceil,
  Floor,
  IsFinite,
  IsInf,
  IsNan,
  LogicalNot,
  OnesLike,
  Round,
  Sign,
  Step,
  ZerosLike,
];

/** To a float it is the identity; to an integer or a truth value it is constant between jumps. */
const cast: Gradient = {
  kernelName: Cast,
  gradFunc: (dy: Tensor, _saved, { dtype }: CastAttrs) => ({
    x: () => (dtype === "float32" ? clone(dy) : zerosLike(dy)),
  }),
};

const clipByValue: Gradient = {
  kernelName: ClipByValue,
  inputsToSave: ["x"],
  gradFunc: (dy: Tensor, [x]: [Tensor], { clipValueMin, clipValueMax }: ClipByValueAttrs) => ({
    x: () =>
      where(
        logicalAnd(greaterEqual(x, clipValueMin), lessEqual(x, clipValueMax)),
        dy,
        zerosLike(dy),
      ),
  }),
};

const leakyRelu: Gradient = {
  kernelName: LeakyRelu,
  inputsToSave: ["x"],
  gradFunc: (dy: Tensor, [x]: [Tensor], { alpha }: LeakyReluAttrs) => ({
    x: () => mul(dy, step(x, alpha)),
  }),
};

const gradients = (table: Table, inputsToSave: string[]): Gradient[] =>
  table.map(([kernelName, derivative]) => ({
    kernelName,
    inputsToSave,
    gradFunc: (dy: Tensor, [known]: [Tensor]) => ({ x: () => derivative(dy, known) }),
  }));

/** Functions of one tensor, entry by entry. */
export const unaryGradients = (): Gradient[] => [
  ...gradients(byInputs, ["x"]),
  ...byOutputs.map((entry) => byOutput(...entry)),
  ...gradients(linear, []),
  ...gradients(
    flat.map((kernelName) => [kernelName, (dy) => zerosLike(dy)]),
    [],
  ),
  cast,
  clipByValue,
  leakyRelu,
];
