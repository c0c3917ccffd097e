import {
  add,
  type CastAttrs,
  type ClipByValueAttrs,
  clone,
  cos,
  cosh,
  div,
  elu,
  exp,
  expm1,
  greater,
  greaterEqual,
  type LeakyReluAttrs,
  lessEqual,
  logicalAnd,
  minimum,
  mul,
  neg,
  reciprocal,
  relu,
  relu6,
  rsqrt,
  selu,
  sigmoid,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  step,
  sub,
  type Tensor,
  tan,
  tanh,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { byOutput } from "./by-output";
import { type Gradient, gradientOf, type KernelName } from "./gradient";

/** The gradient of x from that of y = f(x), knowing x or y. All have one shape. */
type Derivative = (dy: Tensor, known: Tensor) => Tensor;
type Table<Entry> = { readonly [Name in KernelName]?: Entry };

const byInputs: Table<Derivative> = {
  Abs: (dy, x) => mul(dy, sign(x)),
  Acos: (dy, x) => neg(div(dy, sqrt(sub(1, square(x))))),
  Acosh: (dy, x) => div(dy, sqrt(sub(square(x), 1))),
  Asin: (dy, x) => div(dy, sqrt(sub(1, square(x)))),
  Asinh: (dy, x) => div(dy, sqrt(add(square(x), 1))),
  Atan: (dy, x) => div(dy, add(square(x), 1)),
  Atanh: (dy, x) => div(dy, sub(1, square(x))),
  Cos: (dy, x) => neg(mul(dy, sin(x))),
  Cosh: (dy, x) => mul(dy, sinh(x)),
  Erf: (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  Log: (dy, x) => div(dy, x),
  Log1p: (dy, x) => div(dy, add(x, 1)),
  Sin: (dy, x) => mul(dy, cos(x)),
  Sinh: (dy, x) => mul(dy, cosh(x)),
  Softplus: (dy, x) => mul(dy, sigmoid(x)),
  Square: (dy, x) => mul(dy, mul(x, 2)),
};

// Scale and scale · alpha of Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
const seluScale = 1.0507009873554805;
const seluScaleAlpha = 1.7580993408473768;

const byOutputs: Table<readonly [f: (x: Tensor) => Tensor, derivative: Derivative]> = {
  Elu: [elu, (dy, y) => mul(dy, add(minimum(y, 0), 1))],
  Exp: [exp, (dy, y) => mul(dy, y)],
  Expm1: [expm1, (dy, y) => mul(dy, add(y, 1))],
  Reciprocal: [reciprocal, (dy, y) => neg(mul(dy, square(y)))],
  Relu: [relu, (dy, y) => mul(dy, step(y))],
  Relu6: [relu6, (dy, y) => mul(dy, mul(step(y), step(sub(6, y))))],
  Rsqrt: [rsqrt, (dy, y) => mul(dy, mul(mul(square(y), y), -0.5))],
  Selu: [selu, (dy, y) => mul(dy, where(greater(y, 0), seluScale, add(y, seluScaleAlpha)))],
  Sigmoid: [sigmoid, (dy, y) => mul(dy, mul(y, sub(1, y)))],
  Sqrt: [sqrt, (dy, y) => div(dy, mul(y, 2))],
  Tan: [tan, (dy, y) => mul(dy, add(square(y), 1))],
  Tanh: [tanh, (dy, y) => mul(dy, sub(1, square(y)))],
};

const linear: Table<(dy: Tensor) => Tensor> = { Identity: (dy) => clone(dy), Neg: (dy) => neg(dy) };

/** Constant between their jumps. */
const flat: readonly KernelName[] = [
  ...(["Ceil", "Floor", "IsFinite", "IsInf", "IsNan", "LogicalNot", "OnesLike"] as const),
  ...(["Round", "Sign", "Step", "ZerosLike"] as const),
];

const entriesOf = <Entry>(table: Table<Entry>) => Object.entries(table) as [KernelName, Entry][];

/** Functions of one tensor, entry by entry. */
export const unaryGradients = (): Gradient[] => [
  ...entriesOf(byInputs).map(([kernelName, derivative]) =>
    gradientOf(kernelName, ["x"], { x: (dy, [x]) => derivative(dy, x) }),
  ),
  ...entriesOf(byOutputs).map(([kernelName, entry]) => byOutput(kernelName, ...entry)),
  ...entriesOf(linear).map(([kernelName, x]) => gradientOf(kernelName, [], { x })),
  ...flat.map((kernelName) => gradientOf(kernelName, [], { x: (dy) => zerosLike(dy) })),
  // To a float it is the identity; to an integer or a truth value it is constant between jumps.
  gradientOf("Cast", [], {
    x: (dy, _, { dtype }: CastAttrs) => (dtype === "float32" ? clone(dy) : zerosLike(dy)),
  }),
  gradientOf("ClipByValue", ["x"], {
    x: (dy, [x], { clipValueMin, clipValueMax }: ClipByValueAttrs) =>
      where(
        logicalAnd(greaterEqual(x, clipValueMin), lessEqual(x, clipValueMax)),
        dy,
        zerosLike(dy),
      ),
  }),
  gradientOf("LeakyRelu", ["x"], {
    x: (dy, [x], { alpha }: LeakyReluAttrs) => mul(dy, step(x, alpha)),
  }),
];
