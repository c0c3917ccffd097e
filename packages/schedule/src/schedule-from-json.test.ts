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
  scheduleFromJSON,
  sequence,
  warmup,
  warmupStableDecay,
} from "./index";

const every: Schedule[] = [
  constant({ rate: 0.3 }),
  noam({ dModel: 11, warmupSteps: 7 }),
  cosine({ peak: 0.3, totalSteps: 23 }),
  linear({ peak: 0.3, minimum: 0.1, warmupSteps: 5, totalSteps: 23 }),
  inverseSqrt({ peak: 0.3, warmupSteps: 5 }),
  warmupStableDecay({ peak: 0.3, stableSteps: 7, decaySteps: 11 }),
  cosineWarmRestarts({ peak: 0.3, minimum: 0.1, period: 3, multiplier: 2 }),
  exponential({ peak: 0.3, decayRate: 0.7, decaySteps: 3, staircase: true, warmupSteps: 2 }),
  oneCycle({ peak: 0.3, totalSteps: 23, phases: 3, shape: "linear" }),
  polynomial({ peak: 0.3, power: 2, warmupSteps: 5, totalSteps: 23 }),
  warmup(cosineWarmRestarts({ peak: 0.3, period: 5 }), { warmupSteps: 7, warmupInit: 0.1 }),
  sequence([noam({ dModel: 11, warmupSteps: 3 }), constant({ rate: 0.1 })], [13]),
  scale(
    sequence(
      [warmup(linear({ peak: 1, totalSteps: 7 }), { warmupSteps: 3 }), constant({ rate: 2 })],
      [9],
    ),
    0.5,
  ),
];

test("text and back gives the same rates and the same configuration", () => {
  for (const schedule of every) {
    const copy = scheduleFromJSON(JSON.parse(JSON.stringify(schedule)));
    expect(copy.toJSON()).toEqual(schedule.toJSON());
    expect(copy.firstStep).toBe(schedule.firstStep);
    for (const step of [1, 2, 6, 13, 22, 23, 31]) expect(copy(step)).toBe(schedule(step));
  }
});

test("the configuration states the defaults, so that a later default changes no saved run", () => {
  expect(cosine({ peak: 0.3, totalSteps: 23 }).toJSON()).toEqual({
    kind: "cosine",
    version: 1,
    peak: 0.3,
    minimum: 0,
    warmupSteps: 0,
    totalSteps: 23,
  });
});

test("unknown kinds, versions and options are refused by name", () => {
  expect(() => scheduleFromJSON({ kind: "cosin", version: 1 })).toThrow(
    new RangeError(
      "kind: expected one of constant, cosine, cosineWarmRestarts, exponential, inverseSqrt, " +
        "linear, noam, oneCycle, polynomial, scale, sequence, warmup, warmupStableDecay, " +
        'got "cosin"',
    ),
  );
  expect(() => scheduleFromJSON({ kind: "toString", version: 1 })).toThrow('got "toString"');
  expect(() => scheduleFromJSON({ kind: "constant", version: 2, rate: 1 })).toThrow(
    "version: expected 1, got 2",
  );
  expect(() => scheduleFromJSON({ kind: "constant", version: 1, rate: 1, warmup: 3 })).toThrow(
    'constant option: expected one of rate, got "warmup"',
  );
  expect(() => scheduleFromJSON({ kind: "constant", version: 1 })).toThrow(
    "rate: expected a number of at least 0, got undefined",
  );
  expect(() => scheduleFromJSON({ kind: "constant", version: 1, rate: "0.1" })).toThrow(
    'rate: expected a number of at least 0, got "0.1"',
  );
  expect(() => scheduleFromJSON(null)).toThrow("config: expected an object with a kind, got null");
  expect(() => scheduleFromJSON([])).toThrow("got undefined");
});

test("what is inside another schedule is checked as well", () => {
  const within = (schedule: unknown) => ({ kind: "scale", version: 1, schedule, factor: 2 });
  expect(() => scheduleFromJSON(within({ kind: "constant", version: 1, rate: -1 }))).toThrow(
    "rate: expected a number of at least 0, got -1",
  );
  expect(() => scheduleFromJSON(within({ kind: "constant", version: 1, rate: 1, x: 1 }))).toThrow(
    'constant option: expected one of rate, got "x"',
  );
  expect(() => scheduleFromJSON(within(undefined))).toThrow("config: expected an object");
  const inner = constant({ rate: 1 }).toJSON();
  expect(() => scheduleFromJSON({ ...within(inner), factor: "2" })).toThrow('got "2"');
  expect(() => scheduleFromJSON({ ...within(inner), more: 1 })).toThrow(
    'scale option: expected one of schedule, factor, got "more"',
  );
  expect(() => scheduleFromJSON({ kind: "sequence", version: 1, schedules: inner })).toThrow(
    "schedules: expected a list of configurations",
  );
});
