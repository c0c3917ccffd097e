import { ones, zeros } from "@tensorflow/tfjs-core";
import { dropout, dropoutScales } from "@tx/ops";
import { expect, test } from "vitest";
import { expectAsOnCpu } from "../testing/compare";
import { floats } from "../testing/inputs";

const EXACT = { rtol: 0, atol: 0 };

test.each([1, 5, 67, 1023, 1025])("%d elements, bit for bit", (size) =>
  expectAsOnCpu(
    () => [0.1, 0.5, 0.9].map((rate, seed) => dropout(floats([size], 7), { rate, seed })),
    ["TxDropout"],
    EXACT,
  ),
);

test.each([0, 1, 12345, 2 ** 31, 2 ** 32 + 5, -7, Number.MAX_SAFE_INTEGER])(
  "seed %d draws what randomBits says",
  async (seed) => {
    for (const rate of [1e-12, 0.25, 0.999]) {
      const drawn = await dropout(ones([2500]), { rate, seed }).data();
      expect(drawn).toEqual(dropoutScales(2500, rate, seed));
    }
  },
);

test("none: the reference", () =>
  expectAsOnCpu(() => dropout(zeros([0, 3]), { rate: 0.5, seed: 3 }), []));
