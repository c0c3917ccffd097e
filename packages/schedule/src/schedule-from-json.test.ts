import { expect, test } from "vitest";
import {
  constant,
  cosine,
  inverseSqrt,
  linear,
  noam,
  type Schedule,
  scheduleFromJSON,
  warmupStableDecay,
} from "./index";

const every: Schedule[] = [
  constant({ rate: 0.3 }),
  noam({ dModel: 11, warmupSteps: 7 }),
  cosine({ peak: 0.3, totalSteps: 23 }),
  linear({ peak: 0.3, minimum: 0.1, warmupSteps: 5, totalSteps: 23 }),
  inverseSqrt({ peak: 0.3, warmupSteps: 5 }),
  warmupStableDecay({ peak: 0.3, stableSteps: 7, decaySteps: 11 }),
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
      "kind: expected one of constant, cosine, inverseSqrt, linear, noam, warmupStableDecay, " +
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
