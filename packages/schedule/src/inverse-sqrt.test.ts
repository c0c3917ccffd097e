import { expect, test } from "vitest";
import { inverseSqrt } from "./inverse-sqrt";
import { noam } from "./noam";

test("rises from the start to the peak, then falls with the root of the step", () => {
  const schedule = inverseSqrt({ peak: 0.9, warmupSteps: 7, warmupInit: 0.2 });
  expect(schedule(1)).toBeCloseTo(0.3, 15);
  expect(schedule(6)).toBeCloseTo(0.8, 15);
  expect(schedule(7)).toBe(0.9);
  expect(schedule(28)).toBeCloseTo(0.45, 15);
});

test("with Noam's peak and no start it is Noam", () => {
  const peak = (11 * 13) ** -0.5;
  const [free, tied] = [
    inverseSqrt({ peak, warmupSteps: 13 }),
    noam({ dModel: 11, warmupSteps: 13 }),
  ];
  for (const step of [1, 5, 13, 14, 401]) expect(free(step)).toBeCloseTo(tied(step), 15);
});

test("nonsense is refused by name", () => {
  expect(() => inverseSqrt({ peak: 0.5, warmupSteps: 0 })).toThrow(
    new RangeError("warmupSteps: expected a whole number from 1, got 0"),
  );
  expect(() => inverseSqrt({ peak: 0.5, warmupSteps: 3, warmupInit: 0.7 })).toThrow(
    "warmupInit: expected at most peak=0.5, got 0.7",
  );
  expect(() => inverseSqrt({ peak: 0.5, warmupSteps: 3 })(0)).toThrow(
    "step: expected a number from 1, got 0",
  );
});
