import { expect, test } from "vitest";
import { type CycleShape, oneCycle } from "./one-cycle";

const options = { peak: 0.9, start: 0.3, minimum: 0.1, warmupSteps: 4, totalSteps: 13 };

test("rises to the peak and falls to the minimum, in lines or half cosines", () => {
  const lines = oneCycle({ ...options, shape: "linear" });
  const curves = oneCycle(options);
  for (const schedule of [lines, curves]) {
    expect(schedule(0)).toBe(0.3);
    expect(schedule(2)).toBeCloseTo(0.6, 15);
    expect(schedule(4)).toBe(0.9);
    expect([13, 14, 1000].map(schedule)).toEqual([0.1, 0.1, 0.1]);
  }
  // A third of the fall: a third of the line, a quarter of the curve.
  expect(lines(7)).toBeCloseTo(0.9 - 0.8 / 3, 15);
  expect(curves(7)).toBeCloseTo(0.9 - 0.8 / 4, 15);
});

test("in three phases it is back at the start as far behind the peak as the start was before", () => {
  const schedule = oneCycle({ ...options, phases: 3, shape: "linear" });
  for (const step of [0, 1, 2, 3, 4]) expect(schedule(8 - step)).toBeCloseTo(schedule(step), 15);
  expect(schedule(8)).toBe(0.3);
  expect(schedule(9)).toBeCloseTo(0.3 - 0.2 / 5, 15);
  expect(schedule(13)).toBe(0.1);
});

test("the defaults are fast.ai's and torch's", () => {
  expect(oneCycle({ peak: 0.5, totalSteps: 20 }).toJSON()).toEqual({
    ...{ kind: "oneCycle", version: 1, peak: 0.5, start: 0.02, minimum: 2e-6 },
    ...{ warmupSteps: 6, totalSteps: 20, phases: 2, shape: "cosine" },
  });
});

test("phases without steps are passed over", () => {
  expect(oneCycle({ ...options, warmupSteps: 0 })(0)).toBe(0.9);
  expect(oneCycle({ ...options, warmupSteps: 13 })(13)).toBe(0.1);
  const whole = oneCycle({ ...options, totalSteps: 8, phases: 3 });
  expect([whole(4), whole(8)]).toEqual([0.9, 0.1]);
});

test("nonsense is refused by name", () => {
  expect(() => oneCycle({ ...options, warmupSteps: 14 })).toThrow(
    new RangeError("warmupSteps: expected at most totalSteps=13, got 14"),
  );
  expect(() => oneCycle({ ...options, warmupSteps: 7, phases: 3 })).toThrow(
    "warmupSteps: expected at most totalSteps / 2=6.5, got 7",
  );
  expect(() => oneCycle({ ...options, start: 1 })).toThrow(
    "start: expected at most peak=0.9, got 1",
  );
  expect(() => oneCycle({ ...options, minimum: 0.4 })).toThrow(
    "minimum: expected at most start=0.3, got 0.4",
  );
  expect(() => oneCycle({ ...options, phases: 4 as 3 })).toThrow("phases: expected 2 or 3, got 4");
  expect(() => oneCycle({ ...options, shape: "steep" as CycleShape })).toThrow(
    'shape: expected cosine or linear, got "steep"',
  );
  expect(() => oneCycle({ peak: 1, totalSteps: Number.NaN })).toThrow(
    "totalSteps: expected a whole number from 1, got NaN",
  );
});
