import {
  randomNormal,
  slice,
  type Tensor,
  type Tensor4D,
  tensor,
  where,
} from "@tensorflow/tfjs-core";
import { type Mask, type Positional, Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  alibi,
  cope,
  type Dape,
  type DapeOptions,
  dape,
  fire,
  kerple,
  rope,
  t5Bias,
} from "./index";
import { BATCH, contextOf, explicit, gapped, HEADS, noScores, span } from "./score-case";

const [Q, K] = [4, 7];
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const make = (options: Partial<DapeOptions> = {}) =>
  dape({ around: alibi(), heads: HEADS, hidden: 5, rng: new Rng(1), ...options });
const scores = (): Tensor4D => randomNormal([BATCH, HEADS, Q, K], 0, 2, "float32", 5);
const inner: [string, () => Positional][] = [
  ["alibi", () => alibi()],
  ["kerple", () => kerple({ heads: HEADS, rng: new Rng(2) })],
  ["t5", () => t5Bias({ heads: HEADS, rng: new Rng(2) })],
  ["fire", () => fire({ heads: HEADS, hidden: 4, rng: new Rng(2) })],
];

/** The paper's formula in loops, of a bias [1 or batch, heads, queries, keys]. */
async function plain(strategy: Dape, bias: Tensor, layer = 0): Promise<number[]> {
  const network = strategy.networks[layer]!;
  const read = (values: Tensor) => values.data();
  const [w1, b1] = [await read(network.kernel), await read(network.bias)];
  const [w2, b2] = [await read(network.outputKernel), await read(network.outputBias)];
  const [s, b] = [await read(scores()), await read(bias)];
  const { hidden } = strategy;
  return [...s].map((score, n) => {
    const [pair, h] = [n % (Q * K), Math.floor(n / (Q * K)) % HEADS];
    const first = Math.floor(n / (Q * K * HEADS)) * HEADS;
    const inputs = [s, b].flatMap((part, which) =>
      Array.from({ length: HEADS }, (_, head) => {
        const row = which === 1 && bias.shape[0] === 1 ? head : first + head;
        return part[row * Q * K + pair]!;
      }),
    );
    let sum = score + inputs[HEADS + h]! + b2[h]!;
    for (let unit = 0; unit < hidden; unit++) {
      const x = inputs.reduce((total, y, row) => total + y * w1[row * hidden + unit]!, b1[unit]!);
      sum += (x < 0 ? 0.01 * x : x) * w2[unit * HEADS + h]!;
    }
    return sum;
  });
}

test.each(inner)("around %s: the paper's formula, however positions are told", async (_, make) => {
  const around = make();
  const strategy = dape({ around, heads: HEADS, hidden: 5, layers: 2, rng: new Rng(3) });
  for (const own of [span, explicit(), gapped()]) {
    const bias = around.bias!(HEADS, own, 1);
    const wanted = await plain(strategy, bias, 1);
    const context = contextOf({ span: own, layer: 1 });
    await expectClose(strategy.scores(scores(), context), wanted, NEAR);
  }
});

test("what a mask hides changes nothing elsewhere, whatever it is", async () => {
  const strategy = make();
  const mask: Mask = { causal: true };
  const clean = strategy.scores(scores(), contextOf({ mask }));
  const shown = Array.from({ length: Q * K }, (_, n) => n % K <= Math.floor(n / K) + K - Q);
  const seen = tensor(shown, [Q, K], "bool");
  for (const junk of [-1e38, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    const given = where(seen, scores(), junk) as Tensor4D;
    const got = strategy.scores(given, contextOf({ mask }));
    await expectClose(where(seen, got, 0), where(seen, clean, 0));
    expect([...(await got.data())].some(Number.isNaN)).toBe(false);
  }
});

test("late rows alone are those of the whole", async () => {
  const strategy = make();
  const whole = strategy.scores(scores(), contextOf());
  const late = contextOf({ span: { q: { start: 16, len: 2 }, k: span.k } });
  const rows = strategy.scores(slice(scores(), [0, 0, 2, 0]) as Tensor4D, late);
  await expectClose(rows, slice(whole, [0, 0, 2, 0]));
});

test("gradients are those that differences give, of the strategy around too", async () => {
  const around = t5Bias({ heads: HEADS, buckets: 4, maxDistance: 8, rng: new Rng(2) });
  const strategy = make({ around, hidden: 2 });
  const network = strategy.networks[0]!;
  const random = (shape: number[], seed: number, std = 0.05) =>
    randomNormal(shape, 0, std, "float32", seed);
  // Hidden units far from zero, and so from the kink, at either side.
  const inputs = [
    random([BATCH, HEADS, Q, K], 1, 1),
    random([2 * HEADS, 2], 2),
    tensor([3, -3], [2]),
    random([2, HEADS], 3, 1),
    random([HEADS], 4),
    random([4, HEADS], 5, 1),
  ];
  for (const own of [span, explicit()]) {
    const context = contextOf({ span: own, mask: { causal: true } });
    await expectGradients(
      (
        scores: Tensor,
        kernel: Tensor,
        bias: Tensor,
        outputKernel: Tensor,
        outputBias: Tensor,
        table: Tensor,
      ) => {
        Object.assign(network, { kernel, bias, outputKernel, outputBias });
        Object.assign(around, { table });
        return strategy.scores(scores as Tensor4D, context);
      },
      inputs as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor],
      { epsilon: 1 / 16 },
    );
  }
});

test("is what the strategy around which it is claims to be, and owns it", () => {
  const around = kerple({ heads: HEADS, rng: new Rng(1) });
  const strategy = make({ around });
  expect("bias" in strategy).toBe(false);
  expect(strategy.readsScores).toBe(true);
  expect(strategy.relative).toBe(true);
  expect(make({ around: fire({ heads: HEADS, rng: new Rng(1) }) }).relative).toBe(false);
  expect(strategy.maxLen).toBeUndefined();
  const short = Object.assign(alibi(), { maxLen: 9 });
  expect(make({ around: short }).maxLen).toBe(9);
  expect([...strategy.parameters().keys()].slice(0, 3)).toEqual([
    ...["around.r1", "around.r2", "networks.0.kernel"],
  ]);
  strategy.dispose();
  expect(around.r1.isDisposed).toBe(true);
});

test("a strategy that has a form for each layer is asked for it", async () => {
  const per = {
    ...alibi(),
    kind: "per-layer",
    bias: () => tensor(0),
    toJSON: () => alibi().toJSON(),
  };
  const around: Positional = { ...per, forLayer: () => alibi() };
  await expectClose(
    make({ around }).scores(scores(), contextOf()),
    make().scores(scores(), contextOf()),
  );
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, context, given] = [make({ layers: 2 }), contextOf(), noScores()];
  const other = cope({ headDim: 5, maxPositions: 3, rng: new Rng(1) });
  const four = make({ heads: 4 });
  await expectNoLeak(() => {
    const own = make({ around: kerple({ heads: HEADS, rng: new Rng(1) }) });
    own.scores(given, context).dispose();
    own.dispose();
    const refused = (options: Partial<DapeOptions>, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused(
      { around: rope({ headDim: 4 }) },
      "around: expected a strategy that biases only, got rope",
    );
    refused({ around: other }, "around: expected a strategy that biases only, got cope");
    for (const name of ["heads", "hidden", "layers"]) {
      refused({ [name]: 0 }, `${name}: expected a whole number from 1, got 0`);
    }
    expect(() => strategy.scores(given, { ...context, layer: 2 })).toThrow(
      new RangeError("layer: expected one of 2, got 2"),
    );
    expect(() => four.scores(given, context)).toThrow(
      "scores: expected [batch=2, 4, queries, keys], got [2, 3, 4, 7]",
    );
  });
  expect(JSON.parse(JSON.stringify(strategy))).toEqual({
    ...{ kind: "dape", version: 1, heads: 3, hidden: 5, layers: 2 },
    around: { kind: "alibi", version: 1, form: "symmetric" },
  });
});
