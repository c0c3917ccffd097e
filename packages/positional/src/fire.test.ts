import { scalar, slice, type Tensor, type Tensor4D, tensor, tensor1d } from "@tensorflow/tfjs-core";
import { Rng, type Span } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type FireOptions, fire } from "./index";
import { explicit, gapped, gaps, HEADS, pairs, span } from "./score-case";

const NEAR = { rtol: 1e-4, atol: 1e-5 };
const make = (options: Partial<FireOptions> = {}) =>
  fire({ heads: HEADS, hidden: 5, threshold: 16, rng: new Rng(1), ...options });

/** The paper's formula in loops. */
async function plain(strategy: ReturnType<typeof make>) {
  const { network, c, multiplier, threshold } = strategy;
  const read = async (values: Tensor) => [...(await values.data())];
  const [w1, b1] = [await read(network.kernel), await read(network.bias)];
  const [w2, b2] = [await read(network.outputKernel), await read(network.outputBias)];
  const [rate, times] = [(await read(c))[0]!, (await read(multiplier))[0]!];
  const psi = (x: number) => Math.log(Math.abs(rate) * x + 1);
  return (q: number, k: number, { h }: { h: number }) => {
    const share = psi(Math.abs(q - k)) / psi(Math.max(Math.abs(threshold * times), q));
    const active = w1.map((w, n) => Math.max(0, w * share + b1[n]!));
    return active.reduce((sum, x, n) => sum + x * w2[n * HEADS + h]!, b2[h]!);
  };
}

// Positions 14 to 17 lie on both sides of the threshold.
test.each([
  [1, 0.1],
  [-1, -0.1],
  [0.25, 2],
  [40, 0.1],
])("multiplier %d, c %d: the paper's formula, however positions are told", async (times, c) => {
  const strategy = make();
  strategy.multiplier.assign(scalar(times));
  strategy.c.assign(scalar(c));
  expect(strategy.hidden).toBe(5);
  const wanted = await plain(strategy);
  const bias = strategy.bias(HEADS, span);
  expect(bias.shape).toEqual([1, HEADS, 4, 7]);
  await expectClose(bias, pairs(wanted, undefined, 1), NEAR);
  await expectClose(strategy.bias(HEADS, explicit()), pairs(wanted), NEAR);
  await expectClose(strategy.bias(HEADS, gapped()), pairs(wanted, gaps), NEAR);
});

test("one side may be told one by one", async () => {
  const strategy = make();
  const [wanted, told] = [pairs(await plain(strategy)), explicit()];
  await expectClose(strategy.bias(HEADS, { q: told.q, k: span.k }), wanted, NEAR);
  await expectClose(strategy.bias(HEADS, { q: span.q, k: told.k }), wanted, NEAR);
});

test("late rows alone are those of the whole", async () => {
  const strategy = make();
  const whole: Span = { q: { start: 0, len: 20 }, k: { start: 0, len: 20 } };
  const late: Span = { q: { start: 15, len: 5 }, k: { start: 0, len: 20 } };
  const rows = slice(strategy.bias(HEADS, whole), [0, 0, 15, 0]);
  await expectClose(strategy.bias(HEADS, late), rows);
});

test("gradients are those that differences give, of c and L too", async () => {
  const strategy = make({ hidden: 2 });
  // Kinks of the hidden layer, at shares −bias / kernel, lie far from all shares there are.
  const inputs = [
    tensor([1.5, -0.5], [1, 2]),
    tensor1d([0.5, 2]),
    tensor([0.5, -1, 0.75, 1, 0.25, -0.5], [2, HEADS]),
    tensor1d([0.5, -1, 0.25]),
    scalar(0.5),
    // L is 15.4 of positions 14 to 17, and stays between 15 and 16.
    scalar(0.9625),
  ];
  for (const own of [span, explicit()]) {
    await expectGradients(
      (
        kernel: Tensor,
        bias: Tensor,
        outputKernel: Tensor,
        outputBias: Tensor,
        c: Tensor,
        multiplier: Tensor,
      ): Tensor4D => {
        Object.assign(strategy.network, { kernel, bias, outputKernel, outputBias });
        Object.assign(strategy, { c, multiplier });
        return strategy.bias(HEADS, own);
      },
      inputs as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor],
      { epsilon: 1 / 128 },
    );
  }
});

test("begins with c of 0.1, L of 512 and a network that is alive", async () => {
  const strategy = fire({ heads: 2, rng: new Rng(1) });
  expect([strategy.threshold, strategy.hidden]).toEqual([512, 32]);
  await expectClose(strategy.c, [0.1]);
  await expectClose(strategy.multiplier, [1]);
  const bias = await strategy.network.bias.data();
  expect(new Set(bias).size).toBe(32);
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, told] = [make(), explicit()];
  const wrong = { ...span, q: { ...span.q, ids: told.k.ids } };
  await expectNoLeak(() => {
    const own = make();
    own.bias(HEADS, span).dispose();
    own.bias(HEADS, told).dispose();
    own.dispose();
    const refused = (options: Partial<FireOptions>, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused({ heads: 0 }, "heads: expected a whole number from 1, got 0");
    refused({ hidden: 1.5 }, "hidden: expected a whole number from 1, got 1.5");
    refused({ threshold: 0 }, "threshold: expected a positive number, got 0");
    refused({ c: Number.NaN }, "c: expected a positive number, got NaN");
    expect(() => strategy.bias(2, span)).toThrow(new RangeError("heads: expected 3, got 2"));
    expect(() => strategy.bias(HEADS, wrong)).toThrow(
      "span.q.ids: expected [batch=2, 4], got [2, 7]",
    );
  });
  expect([...strategy.parameters().keys()]).toEqual([
    ...["network.kernel", "network.bias", "network.outputKernel", "network.outputBias"],
    ...["c", "multiplier"],
  ]);
  expect("relative" in strategy).toBe(false);
  expect(JSON.parse(JSON.stringify(strategy))).toEqual({
    ...{ kind: "fire", version: 1, heads: 3, hidden: 5, threshold: 16 },
  });
});
