import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { beforeAll, expect, test } from "vitest";
import { median, quantile } from "../experiment/statistics";
import { type ScalingDraws, scalingDraws } from "../measures/scaling-draws";
import { largestJacobianEntry } from "../measures/softmax-jacobian";

beforeAll(async () => {
  await useBackend("simd");
});

test("the largest entry of the Jacobian is that of diag(p) − p pᵀ", () => {
  const scores = [0.3, -1.2, 2.1, 0.7];
  const powers = scores.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  const p = powers.map((power) => power / total);
  const entries = p.flatMap((a, i) => p.map((b, j) => Math.abs((i === j ? a : 0) - a * b)));
  expect(largestJacobianEntry(scores)).toBeCloseTo(Math.max(...entries), 12);
});

test("it keeps its digits where one weight is nearly 1", () => {
  expect(largestJacobianEntry([0, -60])).toBeCloseTo(Math.exp(-60), 40);
  expect(largestJacobianEntry([0, -60])).toBeGreaterThan(0.99 * Math.exp(-60));
});

async function drawn(headDim: number, draws: number, seed: number): Promise<ScalingDraws> {
  const parts = scalingDraws({ draws, keys: 50, headDim }, new Rng(seed));
  for (;;) {
    const step = await parts.next();
    if (step.done) return step.value;
  }
}

/** The reference figures are of five draws; what is sure of many is that they contain them. */
test("with 50 keys the reference figures are found", async () => {
  const [narrow, wide] = [await drawn(100, 400, 1), await drawn(1000, 60, 1)];
  for (const { scaled } of [narrow, wide]) {
    // Scaled: about 0.09 to 0.13 at both widths.
    expect(median(scaled.jacobian)).toBeGreaterThan(0.09);
    expect(median(scaled.jacobian)).toBeLessThan(0.13);
    expect(Math.min(...scaled.jacobian)).toBeGreaterThan(0.03);
  }
  // Unscaled at 100: about 0.06 to 0.25, which no entry of such a Jacobian exceeds.
  expect(quantile(narrow.unscaled.jacobian, 0.95)).toBeGreaterThan(0.2);
  expect(Math.max(...narrow.unscaled.jacobian)).toBeLessThanOrEqual(0.25);
  const inside = narrow.unscaled.jacobian.filter((entry) => entry >= 0.06).length / 400;
  expect(inside).toBeGreaterThan(0.2);
  expect(inside).toBeLessThan(0.6);
  // Unscaled at 1000: falls to the order of 10⁻¹¹.
  expect(Math.min(...wide.unscaled.jacobian)).toBeLessThan(1e-10);
  expect(median(wide.unscaled.jacobian)).toBeLessThan(1e-2);
  // And so does the gradient that reaches the query.
  expect(median(wide.unscaled.gradient)).toBeLessThan(0.2 * median(wide.scaled.gradient));
});

test("the draws are the same without and with the factor", async () => {
  const { unscaled, scaled } = await drawn(1, 7, 2);
  expect(unscaled.jacobian).toEqual(scaled.jacobian);
});
