import {
  abs,
  ceil,
  clipByValue,
  elu,
  engine,
  erf,
  exp,
  floor,
  getBackend,
  leakyRelu,
  log,
  neg,
  reciprocal,
  relu,
  relu6,
  round,
  rsqrt,
  setBackend,
  sigmoid,
  sign,
  sqrt,
  square,
  step,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";
import { everySize, floats, wholes } from "../testing/inputs";
import { useVariant } from "../testing/variants";

const operations: Record<string, (x: Tensor) => Tensor> = {
  exp,
  log,
  tanh,
  sigmoid,
  erf,
  relu,
  relu6,
  leakyRelu: (x) => leakyRelu(x, 0.3),
  elu,
  sqrt,
  rsqrt,
  square,
  abs,
  neg,
  reciprocal,
  step,
  leakyStep: (x) => step(x, 0.25),
  sign,
  clipByValue: (x) => clipByValue(x, -0.7, 1.3),
  floor,
  ceil,
  round,
};
const clipped = (x: Tensor) => clipByValue(x, -2, 3);
const all = (x: Tensor) => Object.values(operations).map((operation) => operation(x));

describe("as on cpu", () => {
  test("every size to 67, and beyond a unit", async () => {
    await expectAsOnCpu(() => everySize.flatMap((size) => all(floats([size], size + 1))));
    await expectAsOnCpu(() => all(floats([3, 1, 683])));
  });

  test("NaN, infinities, zeros, halves, and what is near them", async () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 0.5, 1.5, 2.5, -0.5, -1.5, 1, -1, 6];
    const extreme = [1e-45, -1e-45, 1e-39, 3e38, -3e38, 88.7, 88.8, -87.4, -103.9, -104.1, 1e20];
    await expectAsOnCpu(() => all(tensor([...special, ...extreme])), { rtol: 1e-5, atol: 1e-6 });
  });

  test("empty tensors", () => expectAsOnCpu(() => all(zeros([3, 0]))));

  test("whole numbers, which are the cpu backend's", async () => {
    const operations = [abs, neg, square, relu, relu6, sign, clipped];
    await expectAsOnCpu(() => operations.map((operation) => operation(wholes([5]))));
  });

  test("nothing outside is touched", () => expectInBounds(() => all(floats([7]))));
});

describe.each(["simd-one", "simd-plain"] as const)("against double precision on %s", (variant) => {
  let before: string;
  beforeEach(async () => {
    before = getBackend();
    await useVariant(variant);
    engine().startScope();
  });
  afterEach(async () => {
    engine().endScope();
    await setBackend(before);
  });

  // Exact square roots; the others as measured over all float32 numbers.
  test.each<[string, (x: Tensor) => Tensor, (x: number) => number, number]>([
    ["exp", exp, Math.exp, 1.1],
    ["log", log, Math.log, 1],
    ["tanh", tanh, Math.tanh, 2.5],
    ["sigmoid", sigmoid, (x) => 1 / (1 + Math.exp(-x)), 2.2],
    ["erf", erf, exactErf, 2],
    ["elu", elu, (x) => (x < 0 ? Math.expm1(x) : x), 1.1],
    ["sqrt", sqrt, Math.sqrt, 0.5],
    ["rsqrt", rsqrt, (x) => 1 / Math.sqrt(x), 1.5],
  ])("%s", (_, operation, reference, most) => {
    const inputs = everywhere();
    const got = operation(tensor(inputs)).dataSync();
    const off = inputs.findIndex((x, i) => !(ulps(got[i]!, reference(x)) <= most));
    if (off !== -1) {
      const x = inputs[off]!;
      expect.fail(
        `at ${x}: wanted ${reference(x)}, got ${got[off]}, ${ulps(got[off]!, reference(x))} off`,
      );
    }
  });
});

/** Numbers all over the range of float32: steps of a prime through the bits of all of them. */
function everywhere(): Float32Array {
  const bits = Uint32Array.from({ length: 60_000 }, (_, n) => n * 71_563);
  return new Float32Array(bits.buffer);
}

/** How far off, in units of the last place of the number wanted. */
function ulps(got: number, wanted: number): number {
  const rounded = Math.fround(wanted);
  if (Object.is(got, rounded) || (Number.isNaN(got) && Number.isNaN(rounded))) return 0;
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(wanted))));
  return Math.abs(got - wanted) / 2 ** (exponent - 23);
}

/** The series of Abramowitz and Stegun 7.1.5, beyond 3 the continued fraction 7.1.14. */
function exactErf(x: number): number {
  const size = Math.abs(x);
  if (!(size <= 3)) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (size + fraction);
    const rest = Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction);
    return Math.sign(x) * (1 - (size === Infinity ? 0 : rest));
  }
  let [sum, term] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
