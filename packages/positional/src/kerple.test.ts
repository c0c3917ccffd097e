import { type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type KerpleForm, kerple } from "./index";
import { explicit, gapped, gaps, HEADS, pairs, span } from "./score-case";

const make = (form: KerpleForm, heads = HEADS) => kerple({ heads, form, rng: new Rng(1) });
const [R1, R2] = [
  [0.5, 1.25, 1.75],
  [0.25, 0.5, 1.5],
];
const given = (form: KerpleForm, r1 = R1, r2 = R2) => {
  const strategy = make(form);
  strategy.r1.assign(tensor1d(r1));
  strategy.r2.assign(tensor1d(r2));
  return strategy;
};
const formulas: Record<KerpleForm, (away: number, r1: number, r2: number) => number> = {
  log: (away, r1, r2) => -r1 * Math.log(1 + r2 * away),
  power: (away, r1, r2) => -r1 * away ** r2,
};
const forms = ["log", "power"] as const;

test.each(forms)("%s: the paper's kernel, however positions are told", async (form) => {
  const wanted = (q: number, k: number, { h }: { h: number }) =>
    formulas[form](Math.abs(q - k), R1[h]!, R2[h]!);
  const bias = given(form).bias(HEADS, span);
  expect(bias.shape).toEqual([1, HEADS, 4, 7]);
  await expectClose(bias, pairs(wanted, undefined, 1));
  await expectClose(given(form).bias(HEADS, explicit()), pairs(wanted));
  await expectClose(given(form).bias(HEADS, gapped()), pairs(wanted, gaps), { rtol: 1e-4 });
});

test.each(forms)("%s: gradients are those that differences give", async (form) => {
  const strategy = make(form);
  for (const own of [span, explicit()]) {
    await expectGradients(
      (r1: Tensor, r2: Tensor) => {
        Object.assign(strategy, { r1, r2 });
        return strategy.bias(HEADS, own);
      },
      [tensor1d(R1), tensor1d(R2)],
    );
  }
});

test("values past the ends are read as the ends, and have no gradient", async () => {
  const ends = pairs(
    (q, k, { h }) => formulas.power(Math.abs(q - k), 0.01, h === 0 ? 0.01 : 2),
    undefined,
    1,
  );
  await expectClose(given("power", [-1, 0.01, 0], [0, 2, 9]).bias(HEADS, span), ends);
  const lowest = pairs((q, k) => formulas.log(Math.abs(q - k), 0.01, 0.01), undefined, 1);
  await expectClose(given("log", [-1, 0.01, 0], [-5, 0, 0.01]).bias(HEADS, span), lowest);
  const strategy = make("power");
  await expectGradients(
    (r1: Tensor, r2: Tensor) => {
      Object.assign(strategy, { r1, r2 });
      return strategy.bias(HEADS, span);
    },
    [tensor1d([-1, -0.5, 1]), tensor1d([-0.5, 3, 1])],
  );
});

test.each([
  ["log", 1],
  ["power", 2],
] as const)("%s: first values are the authors'", async (form, end) => {
  const strategy = make(form, 400);
  for (const [values, top] of [
    [await strategy.r1.data(), 2],
    [await strategy.r2.data(), end],
  ] as const) {
    expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(0.01));
    expect(Math.min(...values)).toBeLessThan(0.05 * top);
    expect(Math.max(...values)).toBeLessThan(top);
    expect(Math.max(...values)).toBeGreaterThan(0.95 * top);
  }
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, told] = [make("log"), explicit()];
  const wrong = { ...span, q: { ...span.q, ids: told.k.ids } };
  await expectNoLeak(() => {
    const own = make("power");
    own.bias(HEADS, span).dispose();
    own.bias(HEADS, told).dispose();
    own.dispose();
    expect(() => make("log", 0)).toThrow(
      new RangeError("heads: expected a whole number from 1, got 0"),
    );
    expect(() => make("linear" as KerpleForm)).toThrow(
      new RangeError('form: expected "log" or "power", got "linear"'),
    );
    expect(() => strategy.bias(2, span)).toThrow(new RangeError("heads: expected 3, got 2"));
    expect(() => strategy.bias(HEADS, wrong)).toThrow(
      "span.q.ids: expected [batch=2, 4], got [2, 7]",
    );
  });
  expect([...strategy.parameters().keys()]).toEqual(["r1", "r2"]);
  expect(JSON.parse(JSON.stringify(strategy))).toEqual({
    ...{ kind: "kerple", version: 1, heads: 3, form: "log" },
  });
});
