import { ones, randomUniform, tensor, zeros } from "@tensorflow/tfjs-core";
import { dropout, dropoutScales, randomBits } from "@tx/ops";
import { expect, test } from "vitest";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const EXACT = { rtol: 0, atol: 0 };

test.each([1, 2, 3, 4, 5, 67, 1023, 1024, 1025, 4099])("%d elements, bit for bit", (size) =>
  expectAsOnCpu(() => {
    const x = randomUniform([size], -3, 3, "float32", 7);
    return [0.1, 0.5, 0.9].map((rate, seed) => dropout(x, { rate, seed }));
  }, EXACT),
);

test.each([0, 1, 12345, 2 ** 31, 2 ** 32 + 5, -7, Number.MAX_SAFE_INTEGER])(
  "seed %d draws what randomBits says",
  async (seed) => {
    for (const rate of [1e-12, 0.25, 0.999]) {
      const drawn = await dropout(ones([2500]), { rate, seed }).data();
      expect(drawn).toEqual(dropoutScales(2500, rate, seed));
    }
    const threshold = Math.floor(0.25 * 2 ** 32);
    const kept = await dropout(ones([2500]), { rate: 0.25, seed }).data();
    expect([...kept].map((scale) => scale > 0)).toEqual(
      Array.from(kept, (_, i) => randomBits(seed, i) >= threshold),
    );
  },
);

test("infinities and NaN, kept or dropped; the sign of zero", () =>
  expectAsOnCpu(() => {
    const x = tensor(Array(20).fill([Infinity, -Infinity, NaN, -0, -1]).flat(), [4, 25]);
    return dropout(x, { rate: 0.5, seed: 3 });
  }, EXACT));

test("a scalar, and nothing at all", async () => {
  await expectAsOnCpu(() => dropout(tensor(2), { rate: 0.5, seed: 3 }), EXACT);
  await expectAsOnCpu(() => dropout(zeros([0, 3]), { rate: 0.5, seed: 3 }), EXACT);
});

test("stays within its memory", () =>
  expectInBounds(() => [1, 5, 1027].map((size) => dropout(ones([size]), { rate: 0.3, seed: 2 }))));
