import { expect, test } from "vitest";
import { cosineWarmRestarts } from "./cosine-warm-restarts";

/** Naive: walks the steps one by one, as a training loop would. */
function walked(peak: number, minimum: number, period: number, multiplier: number, steps: number) {
  const rates: number[] = [];
  for (let since = 0, length = period; rates.length < steps; since++) {
    if (since === length) [since, length] = [0, length * multiplier];
    rates.push(minimum + 0.5 * (peak - minimum) * (1 + Math.cos((since / length) * Math.PI)));
  }
  return rates;
}

test.each([
  [3, 1],
  [3, 2],
  [5, 3],
  [1, 2],
])("period %s, multiplier %s: the same as walking step by step", (period, multiplier) => {
  const schedule = cosineWarmRestarts({ peak: 0.7, minimum: 0.1, period, multiplier });
  const expected = walked(0.7, 0.1, period, multiplier, 200);
  for (const [step, rate] of expected.entries()) expect(schedule(step)).toBeCloseTo(rate, 14);
});

test("restarts are exact, however late", () => {
  const schedule = cosineWarmRestarts({ peak: 1, period: 7, multiplier: 2 });
  for (let n = 0; n < 40; n++) {
    const restart = 7 * (2 ** n - 1);
    expect(schedule(restart)).toBe(1);
    if (n > 0) expect(schedule(restart - 0.001)).toBeLessThan(1e-6);
  }
  expect(schedule(1e300)).toBeGreaterThanOrEqual(0);
  expect(cosineWarmRestarts({ peak: 1, period: 7 })(7e15)).toBe(1);
});

test("nonsense is refused by name", () => {
  const options = { peak: 0.5, period: 7 };
  expect(() => cosineWarmRestarts({ ...options, period: 0 })).toThrow(
    new RangeError("period: expected a whole number from 1, got 0"),
  );
  expect(() => cosineWarmRestarts({ ...options, multiplier: 1.5 })).toThrow(
    "multiplier: expected a whole number from 1, got 1.5",
  );
  expect(() => cosineWarmRestarts({ ...options, minimum: 0.6 })).toThrow(
    "minimum: expected at most peak=0.5, got 0.6",
  );
  expect(() => cosineWarmRestarts({ ...options, peak: Number.NaN })).toThrow("got NaN");
  expect(() => cosineWarmRestarts(options)(-1)).toThrow("step: expected a number from 0");
});
