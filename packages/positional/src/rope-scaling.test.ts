import {
  add,
  memory,
  slice,
  sum,
  type Tensor3D,
  type Tensor4D,
  mul as times,
} from "@tensorflow/tfjs-core";
import { Rng, registerGradients, type Span, spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { positionalFromJSON, type RopeScaling, ropeFrequencies, scaledRope } from "./index";
import { explicit, gapped, gaps, queries, span } from "./score-case";

const WIDTH = 10;
const NEAR = { rtol: 1e-5, atol: 3e-6 };
const EXACT = { rtol: 0, atol: 0 };
const make = (scaling: RopeScaling) => scaledRope({ headDim: WIDTH, scaling });

const [shortFactors, longFactors] = [
  [1, 1.5, 2, 2.5, 3],
  [2, 3, 5, 7, 11],
];
const fixed: RopeScaling[] = [
  { type: "linear", factor: 2.5 },
  { type: "ntk", factor: 3 },
  { type: "yarn", factor: 4, originalMaxLen: 300 },
  { type: "yarn", factor: 4, originalMaxLen: 300, ramp: "rotations", attentionFactor: 0.9 },
  { type: "llama3", factor: 8, originalMaxLen: 64 },
  { type: "longrope", shortFactors, longFactors: shortFactors, originalMaxLen: 16, factor: 2 },
];
const byLength: RopeScaling[] = [
  { type: "dynamic-ntk", factor: 2, originalMaxLen: 16 },
  { type: "longrope", shortFactors, longFactors, originalMaxLen: 16, factor: 2 },
];

/** Pairs i and i + 5 as complex numbers, turned and stretched in float64. */
async function wanted(
  x: Tensor4D,
  positions: readonly number[][],
  scaling: RopeScaling,
  length?: number,
): Promise<number[]> {
  const { frequencies, attentionFactor } = ropeFrequencies({ headDim: WIDTH, scaling }, length);
  const rows = (await x.array()) as number[][][][];
  return rows.flatMap((heads, b) =>
    heads.flatMap((tokens) =>
      tokens.flatMap((row, i) =>
        row.map((value, feature) => {
          const pair = feature % 5;
          const angle = positions[b]![i]! * frequencies[pair]!;
          const other = feature < 5 ? -row[pair + 5]! : row[pair]!;
          return attentionFactor * (value * Math.cos(angle) + other * Math.sin(angle));
        }),
      ),
    ),
  );
}

/** What differences are taken of: quickly. */
const few = () => slice(queries(WIDTH), 0, [1, 1, 4, WIDTH]) as Tensor4D;

/** Four queries at the end of so many tokens. */
const at = (length: number): Span => spanOf(4, length);
const rows = (span: Span) =>
  Array.from({ length: 2 }, () => Array.from({ length: span.q.len }, (_, n) => span.q.start + n));

test.each(fixed)("turns by scaled angles, however positions are told: %o", async (scaling) => {
  const [strategy, x] = [make(scaling), queries(WIDTH)];
  expect([strategy.relative, strategy.cacheKeys]).toEqual([true, "rotated"]);
  const near = await wanted(x, rows(span), scaling);
  await expectClose(strategy.rotate(x, "q", span), near, NEAR);
  await expectClose(strategy.rotate(x, "q", explicit()), near, NEAR);
  await expectClose(strategy.rotate(x, "q", gapped()), await wanted(x, gaps.q, scaling), NEAR);
  strategy.dispose();
});

test("stretched angles have the gradient of differences", async () => {
  const strategy = make(fixed[3]!);
  await expectGradients((x: Tensor4D) => strategy.rotate(x, "q", span), [few()]);
  strategy.dispose();
});

test.each(byLength)("turns by the length of the whole call: $type", async (scaling) => {
  const [strategy, x] = [make(scaling), queries(WIDTH)];
  expect([strategy.relative, strategy.cacheKeys]).toEqual([false, "raw"]);
  for (const length of [7, 16, 17, 40, 23, 5]) {
    const turned = strategy.rotate(x, "q", at(length));
    await expectClose(turned, await wanted(x, rows(at(length)), scaling, length), NEAR);
  }
  // Keys too: the first four of 40, by the length of all.
  const first = { q: { start: 39, len: 1 }, k: { start: 0, len: 40 } };
  const { k } = at(40);
  const keys = strategy.rotate(x, "q", { q: { start: 0, len: 4 }, k });
  await expectClose(keys, await wanted(x, rows({ q: { start: 0, len: 4 }, k }), scaling, 40), NEAR);
  const last = slice(x, [0, 0, 3, 0], [-1, -1, 1, -1]);
  const whole = slice(strategy.rotate(x, "q", at(40)), [0, 0, 3, 0], [-1, -1, 1, -1]);
  await expectClose(strategy.rotate(last, "q", first), whole, EXACT);
  strategy.dispose();
});

test.each(byLength)(
  "gradients of two lengths in one pass are their own: $type",
  async (scaling) => {
    registerGradients();
    const strategy = make(scaling);
    const both = (x: Tensor4D) =>
      add(strategy.rotate(x, "q", at(30)), times(strategy.rotate(x, "q", at(12)), 0.5)) as Tensor4D;
    await expectGradients(both, [few()]);
    strategy.dispose();
  },
);

test.each(byLength)("keeps tables of one length only: $type", async (scaling) => {
  const x = queries(WIDTH);
  await expectNoLeak(() => {
    const strategy = make(scaling);
    strategy.rotate(x, "q", at(20)).dispose();
    const held = memory().numTensors;
    for (let length = 21; length < 40; length++) {
      strategy.rotate(x, "q", at(length)).dispose();
      expect(memory().numTensors).toBe(held);
    }
    strategy.dispose();
    strategy.rotate(x, "q", at(8)).dispose();
    strategy.dispose();
  });
});

test.each(byLength)(
  "refuses positions told one by one, and leaves nothing: $type",
  async (scaling) => {
    const [x, given] = [queries(WIDTH), explicit()];
    await expectNoLeak(() => {
      const strategy = make(scaling);
      const refused = (side: string, shape: string) =>
        new RangeError(
          `span.${side}.ids: expected none with ${scaling.type} scaling, which needs the length on the host, got ${shape}`,
        );
      expect(() => strategy.rotate(x, "q", given)).toThrow(refused("q", "[2, 4]"));
      expect(() => strategy.rotate(x, "q", { ...given, q: span.q })).toThrow(
        refused("k", "[2, 7]"),
      );
      strategy.dispose();
    });
  },
);

test("scores keep with a shift where angles are scaled alone", async () => {
  const x = queries(WIDTH);
  for (const scaling of fixed) {
    const strategy = make(scaling);
    const dots = (start: number): Tensor3D => {
      const own = { q: { start: start + 5, len: 4 }, k: { start, len: 4 } };
      return sum(times(strategy.rotate(x, "q", own), strategy.rotate(x, "k", own)), -1);
    };
    await expectClose(dots(0), dots(333), { rtol: 1e-4, atol: 1e-5 });
    strategy.dispose();
  }
});

test("reads as JSON with every option, and comes back", () => {
  const reread = (scaling: RopeScaling) => {
    const config = JSON.parse(JSON.stringify(make(scaling)));
    expect(positionalFromJSON(config, new Rng(1)).toJSON()).toEqual(config);
    return config;
  };
  for (const scaling of [...fixed, ...byLength]) reread(scaling);
  expect(reread({ type: "yarn", factor: 1, originalMaxLen: 300 })).toEqual({
    ...{ kind: "rope", version: 1, headDim: 10, base: 10_000, pairing: "half", rotaryDim: 10 },
    scaling: {
      ...{ type: "yarn", factor: 1, originalMaxLen: 300, betaFast: 32, betaSlow: 1 },
      ...{ ramp: "dimension", attentionFactor: 1 },
    },
  });
  expect(reread({ type: "llama3", factor: 8, originalMaxLen: 64 }).scaling).toEqual({
    ...{ type: "llama3", factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxLen: 64 },
  });
  const lists = { shortFactors, longFactors, originalMaxLen: 16 };
  expect(reread({ type: "longrope", ...lists, factor: 4 }).scaling).toEqual({
    ...{ type: "longrope", ...lists, attentionFactor: Math.sqrt(1.5) },
  });
});
