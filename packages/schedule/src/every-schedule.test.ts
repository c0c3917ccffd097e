import { expect, test } from "vitest";
import {
  constant,
  cosine,
  cosineWarmRestarts,
  exponential,
  inverseSqrt,
  linear,
  noam,
  oneCycle,
  polynomial,
  type Schedule,
  scale,
  sequence,
  warmup,
  warmupStableDecay,
} from "./index";

const [PEAK, TOTAL, W] = [0.3, 23, 5];
const short = { peak: PEAK, warmupSteps: W, totalSteps: TOTAL };

/** The rates at the first step, at the end of the warmup, at the whole and far beyond it. */
const every: [string, Schedule, first: number, peak: number, last: number, beyond: number][] = [
  ["constant", constant({ rate: PEAK }), PEAK, PEAK, PEAK, PEAK],
  ["cosine", cosine({ ...short, minimum: 0.1 }), 0, PEAK, 0.1, 0.1],
  ["linear", linear(short), 0, PEAK, 0, 0],
  ["polynomial", polynomial({ ...short, power: 2, minimum: 0.1 }), 0, PEAK, 0.1, 0.1],
  ["oneCycle", oneCycle({ ...short, start: 0.1, minimum: 0.01 }), 0.1, PEAK, 0.01, 0.01],
  [
    "warmupStableDecay",
    warmupStableDecay({ peak: PEAK, warmupSteps: W, stableSteps: 7, decaySteps: 11 }),
    ...([0, PEAK, 0, 0] as const),
  ],
  [
    "exponential",
    exponential({ peak: PEAK, decayRate: 0.5, decaySteps: 18, warmupSteps: W }),
    ...([0, PEAK, PEAK / 2, PEAK * 0.5 ** (995 / 18)] as const),
  ],
  [
    "cosineWarmRestarts",
    cosineWarmRestarts({ peak: PEAK, minimum: 0.1, period: 5 }),
    ...([PEAK, PEAK, 0.1 + 0.1 * (1 + Math.cos(0.6 * Math.PI)), PEAK] as const),
  ],
  [
    "noam",
    noam({ dModel: 16, warmupSteps: W }),
    ...([0.25 * W ** -1.5, 0.25 * W ** -0.5, 0.25 * TOTAL ** -0.5, 0.25 * 1000 ** -0.5] as const),
  ],
  [
    "inverseSqrt",
    inverseSqrt({ peak: PEAK, warmupSteps: W }),
    ...([PEAK / W, PEAK, PEAK * (W / TOTAL) ** 0.5, PEAK * (W / 1000) ** 0.5] as const),
  ],
  [
    "warmup",
    warmup(linear({ peak: PEAK, totalSteps: 18 }), { warmupSteps: W }),
    ...([0, PEAK, 0, 0] as const),
  ],
  [
    "sequence",
    sequence([constant({ rate: PEAK }), constant({ rate: 0.1 })], [TOTAL]),
    ...([PEAK, PEAK, 0.1, 0.1] as const),
  ],
  ["scale", scale(linear({ ...short, peak: 2 * PEAK }), 0.5), 0, PEAK, 0, 0],
];

test.each(every)("%s at its first step, its peak, its end and far beyond", (_, rate, ...wanted) => {
  for (const [n, step] of [rate.firstStep, W, TOTAL, 1000].entries()) {
    expect(rate(step)).toBeCloseTo(wanted[n]!, 12);
  }
});

test.each(every)("%s refuses steps before its first and none at all", (_, rate) => {
  const before = rate.firstStep - 1;
  const least = `step: expected a number from ${rate.firstStep}, got`;
  expect(() => rate(before)).toThrow(new RangeError(`${least} ${before}`));
  expect(() => rate(rate.firstStep - 0.5)).toThrow(RangeError);
  for (const step of [-3, Number.NaN, Infinity, -Infinity]) {
    expect(() => rate(step)).toThrow(new RangeError(`${least} ${step}`));
  }
});

test.each(every)(
  "%s is never negative nor above its peak, between whole steps neither",
  (_, rate) => {
    for (let step = rate.firstStep; step < 60; step += 0.25) {
      expect(rate(step)).toBeGreaterThanOrEqual(0);
      expect(rate(step)).toBeLessThanOrEqual(PEAK + 1e-12);
    }
  },
);
