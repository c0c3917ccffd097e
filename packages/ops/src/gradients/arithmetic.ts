import {
  Add,
  AddN,
  Atan2,
  add,
  clone,
  div,
  equal,
  floor,
  greater,
  greaterEqual,
  log,
  Maximum,
  Minimum,
  Mod,
  Multiply,
  minimum,
  mul,
  neg,
  onesLike,
  Pow,
  Prelu,
  pow,
  RealDiv,
  SquaredDifference,
  Sub,
  square,
  sub,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { Gradient } from "./gradient";
import { unbroadcast } from "./unbroadcast";

/** One operand's share of dy, at the shape of dy. */
type Share = (dy: Tensor, a: Tensor, b: Tensor) => Tensor;

/** Kernels of two operands that broadcast: the share of the first, the share of the second. */
const shares: readonly (readonly [
  kernelName: string,
  ofA: Share,
  ofB: Share,
  nameA?: string,
  nameB?: string,
])[] = [
  [Add, (dy) => dy, (dy) => dy],
  [Sub, (dy) => dy, (dy) => neg(dy)],
  [Multiply, (dy, _, b) => mul(dy, b), (dy, a) => mul(dy, a)],
  [RealDiv, (dy, _, b) => div(dy, b), (dy, a, b) => neg(mul(div(dy, b), div(a, b)))],
  [
    Pow,
    // x^0 is flat, also at x = 0, where b · a^(b - 1) would be 0 · ∞.
    (dy, a, b) => mul(dy, mul(b, pow(a, where(equal(b, 0), zerosLike(b), sub(b, 1))))),
    // Real powers of a negative number do not exist, and 0^b is flat: no gradient there.
    (dy, a, b) => mul(dy, mul(pow(a, b), log(where(greater(a, 0), a, onesLike(a))))),
  ],
  // Where both are equal, all goes to the first.
  [
    Maximum,
    (dy, a, b) => where(greaterEqual(a, b), dy, zerosLike(dy)),
    (dy, a, b) => where(greater(b, a), dy, zerosLike(dy)),
  ],
  [
    Minimum,
    (dy, a, b) => where(greaterEqual(b, a), dy, zerosLike(dy)),
    (dy, a, b) => where(greater(a, b), dy, zerosLike(dy)),
  ],
  [
    SquaredDifference,
    (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  ],
  [
    Atan2,
    (dy, a, b) => mul(dy, div(b, add(square(a), square(b)))),
    (dy, a, b) => mul(dy, div(neg(a), add(square(a), square(b)))),
  ],
  // a - b · floor(a / b)
  [Mod, (dy) => dy, (dy, a, b) => neg(mul(dy, floor(div(a, b))))],
  [
    Prelu,
    (dy, x, slope) => where(greater(x, 0), dy, mul(dy, slope)),
    (dy, x) => mul(dy, minimum(x, 0)),
    "x",
    "alpha",
  ],
];

const shareOut = (
  kernelName: string,
  ofA: Share,
  ofB: Share,
  nameA = "a",
  nameB = "b",
): Gradient => ({
  kernelName,
  inputsToSave: [nameA, nameB],
  gradFunc: (dy: Tensor, [a, b]: [Tensor, Tensor]) => ({
    [nameA]: () => unbroadcast(ofA(dy, a, b), a.shape),
    [nameB]: () => unbroadcast(ofB(dy, a, b), b.shape),
  }),
});

const addN: Gradient = {
  kernelName: AddN,
  saveAllInputs: true,
  gradFunc: (dy: Tensor, terms) =>
    Object.fromEntries(terms.map((_, term) => [term, () => clone(dy)])),
};

/** Sums, products, powers and the like, of tensors that broadcast. */
export const arithmeticGradients = (): Gradient[] => [
  ...shares.map((entry) => shareOut(...entry)),
  addN,
];
