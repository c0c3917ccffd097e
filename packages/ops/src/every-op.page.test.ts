import { getBackend, setBackend, tidy } from "@tensorflow/tfjs-core";
import { bringUp, expectClose, expectNoLeak } from "@tx/testing";
import { beforeAll, expect, inject, test } from "vitest";
import { registerGradients } from "./index";
import { opCases } from "./testing/op-cases";
import { RandomSizes } from "./testing/random-sizes";

/** The page's own; the cpu's stock operations are the reference. */
const name = getBackend();
const tails = inject("everyCase") ? [0, 1, 2, 3, 4, 5, 6, 7] : [3];

// Of stock operations beside ours, such as those that join results.
beforeAll(registerGradients);

test.each(Object.entries(opCases))("%s is the reference's, gradients too", async (_, draw) => {
  for (const tail of tails) {
    const body = draw(new RandomSizes(7 + tail, tail));
    await bringUp("cpu");
    const wanted = await Promise.all(
      tidy(body).map(async (result) => {
        const values = await result.data();
        result.dispose();
        return { shape: result.shape, values };
      }),
    );
    await setBackend(name);
    await expectNoLeak(async () => {
      const results = tidy(body);
      expect(results.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
      for (const [n, result] of results.entries()) {
        await expectClose(result, wanted[n]!.values, { rtol: 1e-4, atol: 2e-4 });
        result.dispose();
      }
    });
  }
});

test("the page computes on its backend", () => {
  expect(name).not.toBe("cpu");
});
