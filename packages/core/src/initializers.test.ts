import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { constant, normal, ones, xavierUniform, zeros } from "./initializers";
import type { Initializer } from "./parameter";
import { Rng } from "./rng";

async function statistics(init: Initializer, shape: number[]) {
  const values = await init(shape).data<"float32">();
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return { mean, variance, largest };
}

test.each<[string, Initializer, number]>([
  ["zeros", zeros, 0],
  ["ones", ones, 1],
  ["constant", constant(-0.25), -0.25],
])("%s", async (_, init, value) => {
  const made = init([2, 3]);
  expect([made.shape, made.dtype]).toEqual([[2, 3], "float32"]);
  await expectClose(made, Array(6).fill(value));
  expect(init([]).shape).toEqual([]);
});

test("normal has the mean 0 and the deviation asked for", async () => {
  const { mean, variance, largest } = await statistics(normal(0.02, new Rng(1)), [101, 97]);
  expect(Math.abs(mean)).toBeLessThan((4 * 0.02) / Math.sqrt(101 * 97));
  expect(Math.abs(Math.sqrt(variance) / 0.02 - 1)).toBeLessThan(4 / Math.sqrt(2 * 101 * 97));
  // Not cut off: of 10 000 numbers some lie beyond three deviations.
  expect(largest).toBeGreaterThan(0.06);
});

test.each([[[83, 117]], [[2, 40, 60]]])(
  "xavierUniform fills its bounds evenly: %j",
  async (shape) => {
    const [inputs, outputs] = shape.slice(-2) as [number, number];
    const limit = Math.sqrt(6 / (inputs + outputs));
    const { mean, variance, largest } = await statistics(xavierUniform(new Rng(2)), shape);
    const count = shape.reduce((size, n) => size * n, 1);
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.99 * limit);
    expect(Math.abs(mean)).toBeLessThan((4 * limit) / Math.sqrt(3 * count));
    // The paper's variance, 2 / (inputs + outputs); a uniform's square spreads by 2/√5 of its mean.
    const wanted = 2 / (inputs + outputs);
    expect(Math.abs(variance / wanted - 1)).toBeLessThan((4 * 2) / Math.sqrt(5 * count));
  },
);

test("xavierUniform takes a single axis for the outputs of one input", async () => {
  const { largest } = await statistics(xavierUniform(new Rng(3)), [2999]);
  const limit = Math.sqrt(6 / 3000);
  expect(largest).toBeLessThanOrEqual(limit);
  expect(largest).toBeGreaterThan(0.99 * limit);
});

describe.each<[string, (rng: Rng) => Initializer]>([
  ["normal", (rng) => normal(1, rng)],
  ["xavierUniform", xavierUniform],
])("%s draws from its Rng", (_, initOf) => {
  test.each([0, 1, 42])(
    "the same tensors for seed %i, one after the other others",
    async (seed) => {
      const [a, b] = [initOf(new Rng(seed)), initOf(new Rng(seed))];
      const [first, second] = [a([3, 5]), a([3, 5])];
      await expectClose(b([3, 5]), first, { rtol: 0, atol: 0 });
      await expectClose(b([3, 5]), second, { rtol: 0, atol: 0 });
      expect(await second.data()).not.toEqual(await first.data());
    },
  );

  test("one seed a tensor, of whatever size", () => {
    const [rng, counted] = [new Rng(9), new Rng(9)];
    initOf(rng)([3, 5]);
    initOf(rng)([7]);
    counted.nextSeed();
    counted.nextSeed();
    expect(rng.state).toBe(counted.state);
  });

  // tfjs-core 4.22.0 takes seed 0 for none.
  test("repeats where the stream is at zero", async () => {
    const made = () => initOf(Rng.fromState(-0x6d2b79f5))([3, 5]);
    await expectClose(made(), made(), { rtol: 0, atol: 0 });
  });

  test("makes one tensor", () => expectNoLeak(() => initOf(new Rng(1))([3, 5]).dispose()));
});
