import {
  add,
  clone,
  div,
  equal,
  floor,
  greater,
  greaterEqual,
  log,
  minimum,
  mul,
  neg,
  onesLike,
  pow,
  square,
  sub,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { type Gradient, gradientOf, type KernelName } from "./gradient";
import { unbroadcast } from "./unbroadcast";

/** One operand's share of dy, at the shape of dy. */
type Share = (dy: Tensor, a: Tensor, b: Tensor) => Tensor;

/** Kernels of two operands that broadcast: the share of the first, the share of the second. */
const shares: {
  readonly [Name in KernelName]?: [ofA: Share, ofB: Share, nameA?: string, nameB?: string];
} = {
  Add: [(dy) => dy, (dy) => dy],
  Sub: [(dy) => dy, (dy) => neg(dy)],
  Multiply: [(dy, _, b) => mul(dy, b), (dy, a) => mul(dy, a)],
  RealDiv: [(dy, _, b) => div(dy, b), (dy, a, b) => neg(mul(div(dy, b), div(a, b)))],
  Pow: [
    // x^0 is flat, also at x = 0, where b · a^(b - 1) would be 0 · ∞.
    (dy, a, b) => mul(dy, mul(b, pow(a, where(equal(b, 0), zerosLike(b), sub(b, 1))))),
    // Real powers of a negative number do not exist, and 0^b is flat: no gradient there.
    (dy, a, b) => mul(dy, mul(pow(a, b), log(where(greater(a, 0), a, onesLike(a))))),
  ],
  // Where both are equal, all goes to the first.
  Maximum: [
    (dy, a, b) => where(greaterEqual(a, b), dy, zerosLike(dy)),
    (dy, a, b) => where(greater(b, a), dy, zerosLike(dy)),
  ],
  Minimum: [
    (dy, a, b) => where(greaterEqual(b, a), dy, zerosLike(dy)),
    (dy, a, b) => where(greater(a, b), dy, zerosLike(dy)),
  ],
  SquaredDifference: [
    (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  ],
  Atan2: [
    (dy, a, b) => mul(dy, div(b, add(square(a), square(b)))),
    (dy, a, b) => mul(dy, div(neg(a), add(square(a), square(b)))),
  ],
  // a - b · floor(a / b)
  Mod: [(dy) => dy, (dy, a, b) => neg(mul(dy, floor(div(a, b))))],
  Prelu: [
    (dy, x, slope) => where(greater(x, 0), dy, mul(dy, slope)),
    (dy, x) => mul(dy, minimum(x, 0)),
    "x",
    "alpha",
  ],
};

const shareOut = (
  kernelName: KernelName,
  ofA: Share,
  ofB: Share,
  nameA = "a",
  nameB = "b",
): Gradient =>
  gradientOf(kernelName, [nameA, nameB], {
    [nameA]: (dy, [a, b]) => unbroadcast(ofA(dy, a, b), a.shape),
    [nameB]: (dy, [a, b]) => unbroadcast(ofB(dy, a, b), b.shape),
  });

const addN: Gradient = {
  kernelName: "AddN",
  saveAllInputs: true,
  gradFunc: (dy: Tensor, terms) =>
    Object.fromEntries(terms.map((_, term) => [term, () => clone(dy)])),
};

/** Sums, products, powers and the like, of tensors that broadcast. */
export const arithmeticGradients = (): Gradient[] => [
  ...Object.entries(shares).map(([name, entry]) => shareOut(name as KernelName, ...entry)),
  addN,
];
