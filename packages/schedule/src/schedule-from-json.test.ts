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
      "kind: expected constant or cosine or cosineWarmRestarts or exponential or inverseSqrt or " +
        "linear or noam or oneCycle or polynomial or scale or sequence or warmup or " +
        'warmupStableDecay, got "cosin"',
    ),
  );
  expect(() => scheduleFromJSON({ kind: "toString", version: 1 })).toThrow('got "toString"');
  expect(() => scheduleFromJSON({ kind: "constant", version: 2, rate: 1 })).toThrow(
    "version: expected 1, got 2",
  );
  expect(() => scheduleFromJSON({ kind: "constant", version: 1, rate: 1, warmup: 3 })).toThrow(
    'constant option: expected kind or version or rate, got "warmup"',
  );
  expect(() => scheduleFromJSON({ kind: "constant", version: 1 })).toThrow(
    "rate: expected a number from 0, got undefined",
  );
  expect(() => scheduleFromJSON({ kind: "constant", version: 1, rate: "0.1" })).toThrow(
    'rate: expected a number from 0, got "0.1"',
  );
  for (const config of [null, undefined, [], "constant"]) {
    expect(() => scheduleFromJSON(config)).toThrow(
      /^kind: expected constant or .*, got undefined$/,
    );
  }
});

test("what is inside another schedule is checked as well", () => {
  const within = (schedule: unknown) => ({ kind: "scale", version: 1, schedule, factor: 2 });
  expect(() => scheduleFromJSON(within({ kind: "constant", version: 1, rate: -1 }))).toThrow(
    "rate: expected a number from 0, got -1",
  );
  expect(() => scheduleFromJSON(within({ kind: "constant", version: 1, rate: 1, x: 1 }))).toThrow(
    'constant option: expected kind or version or rate, got "x"',
  );
  expect(() => scheduleFromJSON(within(undefined))).toThrow(
    "schedule: expected a schedule of @tx/schedule, got undefined",
  );
  const inner = constant({ rate: 1 }).toJSON();
  expect(() => scheduleFromJSON({ ...within(inner), factor: "2" })).toThrow('got "2"');
  expect(() => scheduleFromJSON({ ...within(inner), more: 1 })).toThrow(
    'scale option: expected kind or version or schedule or factor, got "more"',
  );
  const list = (schedules: unknown) => ({ kind: "sequence", version: 1, schedules });
  expect(() => scheduleFromJSON(list([inner, { ...inner, version: 2 }]))).toThrow(
    "version: expected 1, got 2",
  );
  expect(() => scheduleFromJSON(list(inner))).toThrow("schedules[0]: expected a schedule");
  expect(() => scheduleFromJSON(list({ length: 1 }))).toThrow("schedules[0]: expected a schedule");
  expect(() => scheduleFromJSON(list(7))).toThrow(
    "schedules.length: expected a whole number from 1, got undefined",
  );
});
