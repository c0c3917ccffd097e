import { expect, test } from "vitest";
import { type RopeOptions, type RopeScaling, ropeFrequencies } from "./index";

const of = (scaling: RopeScaling | undefined, own: Partial<RopeOptions> = {}, length?: number) =>
  ropeFrequencies({ headDim: 10, ...own, scaling }, length);
const near = (got: readonly number[], wanted: readonly number[]) => {
  expect(got.length).toBe(wanted.length);
  for (const [i, number] of got.entries()) expect(number / wanted[i]!).toBeCloseTo(1, 12);
};
/** As the papers count: θ of pair i of d features. */
const theta = (i: number, d: number, base = 10_000) => 1 / base ** ((2 * i) / d);
const plain = (d: number, base?: number) =>
  Array.from({ length: d / 2 }, (_, i) => theta(i, d, base));

test("without scaling, and divided by a factor", () => {
  expect(of(undefined)).toEqual({ frequencies: plain(10), attentionFactor: 1, base: 10_000 });
  near(of(undefined, { rotaryDim: 6, base: 37 }).frequencies, plain(6, 37));
  const { frequencies, attentionFactor } = of({ type: "linear", factor: 2.5 });
  const divided = plain(10).map((f) => f / 2.5);
  near(frequencies, divided);
  expect(attentionFactor).toBe(1);
});

test("NTK keeps the fastest pair and divides the slowest by the factor", () => {
  const { frequencies, base } = of({ type: "ntk", factor: 3 }, { rotaryDim: 6 });
  near(frequencies, [1, theta(1, 6) / 3 ** (1 / 2), theta(2, 6) / 3]);
  expect(base / (10_000 * 3 ** (6 / 4))).toBeCloseTo(1, 12);
});

test("dynamic NTK changes nothing up to the trained length, then by the length", () => {
  const scaling: RopeScaling = { type: "dynamic-ntk", factor: 2, originalMaxLen: 100 };
  for (const length of [undefined, 1, 100]) expect(of(scaling, {}, length)).toEqual(of(undefined));
  // 2 · 350 / 100 − 1 = 6
  expect(of(scaling, {}, 350)).toEqual(of({ type: "ntk", factor: 6 }));
  const one: RopeScaling = { ...scaling, factor: 1 };
  expect(of(one, {}, 350)).toEqual(of({ type: "ntk", factor: 3.5 }));
});

test("YaRN mixes by the turns that the paper counts, or by the number of the pair", () => {
  const shared = { type: "yarn", factor: 4, originalMaxLen: 4096 } as const;
  const own = { headDim: 128 };
  const byTurns = of({ ...shared, ramp: "rotations" }, own);
  const wanted = plain(128).map((f) => {
    const turns = 4096 / ((2 * Math.PI) / f);
    const kept = turns < 1 ? 0 : turns > 32 ? 1 : (turns - 1) / 31;
    return (1 - kept) * (f / 4) + kept * f;
  });
  near(byTurns.frequencies, wanted);
  expect(byTurns.attentionFactor).toBeCloseTo(1.138629436111989, 14);

  // 32 turns: pair 20.9, so from 20; 1 turn: pair 45.03, so to 46. Pair 33 is half-way.
  const byPair = of(shared, own);
  near(byPair.frequencies.slice(0, 21), plain(128).slice(0, 21));
  const slow = plain(128).map((f) => f / 4);
  near(byPair.frequencies.slice(46), slow.slice(46));
  near([byPair.frequencies[33]!], [(theta(33, 128) + slow[33]!) / 2]);
  expect(byPair.frequencies[21]).toBeLessThan(theta(21, 128));
  expect(byPair.frequencies[45]).toBeGreaterThan(slow[45]!);

  const chosen = of({ ...shared, betaFast: 8, betaSlow: 2, attentionFactor: 1 }, own);
  expect(chosen.attentionFactor).toBe(1);
  // 8 turns: pair 30.6; 2 turns: pair 40.2.
  near([chosen.frequencies[30]!], [theta(30, 128)]);
  near([chosen.frequencies[41]!], [slow[41]!]);
});

test("YaRN's ramp that begins and ends on one pair is a step", () => {
  // Few positions: both ends fall before the first pair.
  const scaling = { type: "yarn", factor: 2, originalMaxLen: 3 } as const;
  const { frequencies } = of(scaling, { headDim: 8 });
  near(frequencies, [
    1,
    ...plain(8)
      .map((f) => f / 2)
      .slice(1),
  ]);
});

test("Llama 3.1 keeps short waves and divides long ones by 8", () => {
  const own = { headDim: 128, base: 500_000 };
  const scaling = { type: "llama3", factor: 8, originalMaxLen: 8192 } as const;
  const { frequencies } = of(scaling, own);
  const trained = plain(128, 500_000);
  // 2π · 500 000^(i / 64) is below 8192 / 4 up to i = 28, and above 8192 from i = 35 on.
  near(frequencies.slice(0, 29), trained.slice(0, 29));
  const divided = trained.map((f) => f / 8);
  near(frequencies.slice(35), divided.slice(35));
  for (let i = 29; i < 35; i++) {
    const wave = (2 * Math.PI) / trained[i]!;
    const smooth = (8192 / wave - 1) / (4 - 1);
    near([frequencies[i]!], [(1 - smooth) * divided[i]! + smooth * trained[i]!]);
    expect(frequencies[i]).toBeLessThan(trained[i]!);
    expect(frequencies[i]).toBeGreaterThan(divided[i]!);
  }
  expect(of({ ...scaling, lowFreqFactor: 1, highFreqFactor: 4 }, own)).toEqual(of(scaling, own));
  expect(of({ ...scaling, highFreqFactor: 8 }, own)).not.toEqual(of(scaling, own));
});

test("LongRoPE takes one list up to the trained length and another past it", () => {
  const [shortFactors, longFactors] = [
    [1, 1.5, 2, 2.5, 3],
    [2, 3, 5, 7, 11],
  ];
  const shared = { type: "longrope", shortFactors, longFactors, originalMaxLen: 4096 } as const;
  const scaling = { ...shared, factor: 32 };
  const by = (factors: number[]) => plain(10).map((f, i) => f / factors[i]!);
  near(of(scaling, {}, 4096).frequencies, by(shortFactors));
  near(of(scaling, {}, 4097).frequencies, by(longFactors));
  // ln 32 / ln 4096 = 5 / 12
  for (const length of [7, 5000]) {
    expect(of(scaling, {}, length).attentionFactor).toBeCloseTo(Math.sqrt(17 / 12), 14);
  }
  expect(of({ ...shared, factor: 0.5 }).attentionFactor).toBe(1);
  expect(of({ ...scaling, attentionFactor: 1.25 }).attentionFactor).toBe(1.25);
});

test("a factor of 1 changes nothing", () => {
  for (const scaling of [
    { type: "linear", factor: 1 },
    { type: "ntk", factor: 1 },
    { type: "yarn", factor: 1, originalMaxLen: 50 },
    { type: "llama3", factor: 1, originalMaxLen: 50 },
  ] as const) {
    near(of(scaling).frequencies, plain(10));
    expect(of(scaling).attentionFactor).toBe(1);
  }
});

test("refuses scaling that makes no sense by name", () => {
  const refused = (scaling: object | null, message: string, own: Partial<RopeOptions> = {}) =>
    expect(() => of(scaling as RopeScaling, own)).toThrow(new RangeError(message));
  refused(
    { type: "su" },
    'scaling.type: expected one of linear, ntk, dynamic-ntk, yarn, llama3, longrope, got "su"',
  );
  refused(
    { factor: 2 },
    "scaling.type: expected one of linear, ntk, dynamic-ntk, yarn, llama3, longrope, got undefined",
  );
  for (const type of ["linear", "ntk", "dynamic-ntk", "yarn", "llama3"]) {
    for (const factor of [0.5, Number.NaN, Number.POSITIVE_INFINITY, undefined]) {
      const message = `scaling.factor: expected a number from 1, got ${factor}`;
      refused({ type, factor, originalMaxLen: 7 }, message);
    }
  }
  for (const type of ["dynamic-ntk", "yarn", "llama3"]) {
    const message = "scaling.originalMaxLen: expected a whole number from 1, got 0";
    refused({ type, factor: 2, originalMaxLen: 0 }, message);
  }
  for (const type of ["ntk", "dynamic-ntk"]) {
    const message = `rotaryDim: expected at least 4 with ${type} scaling, got 2`;
    refused({ type, factor: 2, originalMaxLen: 7 }, message, { rotaryDim: 2 });
  }
  const yarn = { type: "yarn", factor: 2, originalMaxLen: 7 };
  refused({ ...yarn, betaFast: 1 }, "scaling.betaFast: expected a number above betaSlow=1, got 1");
  refused({ ...yarn, betaSlow: 0 }, "scaling.betaSlow: expected a positive number, got 0");
  refused(
    { ...yarn, ramp: "turns" },
    'scaling.ramp: expected "dimension" or "rotations", got "turns"',
  );
  refused(
    { ...yarn, attentionFactor: -1 },
    "scaling.attentionFactor: expected a positive number, got -1",
  );
  refused(yarn, "base: expected a number above 1 with yarn's ramp, got 1", { base: 1 });
  refused(
    { type: "llama3", factor: 2, originalMaxLen: 7, highFreqFactor: 1 },
    "scaling.highFreqFactor: expected a number above lowFreqFactor=1, got 1",
  );
  const lists = { shortFactors: [1, 1, 1, 1, 1], longFactors: [1, 2, 3, 4, 5] };
  const longrope = { type: "longrope", ...lists, originalMaxLen: 7, factor: 2 };
  refused(
    { ...longrope, longFactors: [1, 2] },
    "scaling.longFactors: expected 5 numbers (rotaryDim / 2), got 2",
  );
  refused(
    { ...longrope, shortFactors: undefined },
    "scaling.shortFactors: expected 5 numbers (rotaryDim / 2), got undefined",
  );
  refused(
    { ...longrope, shortFactors: [1, 1, 0, 1, 1] },
    "scaling.shortFactors[2]: expected a positive number, got 0",
  );
  refused(
    { ...longrope, factor: undefined },
    "scaling.factor: expected a positive number, got undefined",
  );
  refused(
    { ...longrope, originalMaxLen: 1 },
    "scaling.originalMaxLen: expected a whole number from 2, got 1",
  );
});
