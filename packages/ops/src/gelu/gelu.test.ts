import { grad, ones, tensor } from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { gelu } from "./gelu";
import type { GeluForm } from "./reference";

/** Error function in double precision: 2/√π · exp(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · … · (2n + 1)). */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const slope = Math.sqrt(2 / Math.PI);
const plain: Record<GeluForm, (x: number) => number> = {
  erf: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  tanh: (x) => (x / 2) * (1 + Math.tanh(slope * (x + 0.044715 * x ** 3))),
};

/** From −6 to 6, where something happens. */
const near = Array.from({ length: 97 }, (_, n) => n / 8 - 6);
const far = [1e4, 1e3, 137, 30, 12].flatMap((x) => [-x, x]);

test("the double-precision erf of this file is right", () => {
  const known = { 0: 0, 0.5: 0.5204998778130465, 2: 0.9953222650189527, 4: 0.9999999845827421 };
  for (const [x, y] of Object.entries(known)) expect(erf(Number(x))).toBeCloseTo(y, 14);
  expect(erf(-1)).toBeCloseTo(-0.8427007929497149, 14);
});

describe.each(["erf", "tanh"] as const)("%s", (form) => {
  test("numbers", async () => {
    const x = tensor(near, [97]);
    await expectClose(gelu(x, form), near.map(plain[form]), { rtol: 1e-5, atol: 2e-6 });
  });

  test("far from 0 is x or 0, and its gradient 1 or 0", async () => {
    const x = tensor(far);
    const wanted = far.map((x) => Math.max(x, 0));
    await expectClose(gelu(x, form), wanted);
    const gradient = grad((x) => gelu(x, form))(x, ones(x.shape));
    await expectClose(gradient, wanted.map(Math.sign));
  });

  test("gradients, around 0 and in the tails", async () => {
    const x = tensor([-4, -2.5, -1, -0.75, -0.25, 0, 0.25, 0.5, 1, 2, 3.5, 5], [3, 4]);
    await expectGradients((x) => gelu(x, form), [x]);
  });

  test("keeps the shape", () => {
    for (const shape of [[], [3], [2, 1, 3]]) expect(gelu(ones(shape), form).shape).toEqual(shape);
  });
});

test("the exact form is the default, and the two differ", async () => {
  const x = tensor([-2, 2]);
  await expectClose(gelu(x), gelu(x, "erf"), { rtol: 0, atol: 0 });
  expect(Math.abs(plain.erf(2) - plain.tanh(2))).toBeGreaterThan(9e-5);
  await expectClose(gelu(x, "tanh"), [plain.tanh(-2), plain.tanh(2)]);
});

test("refuses another form, and leaves nothing behind", async () => {
  const x = tensor([1]);
  await expectNoLeak(() => {
    expect(() => gelu(x, "relu" as GeluForm)).toThrow(
      new RangeError('form: expected "erf" or "tanh", got "relu"'),
    );
  });
});
