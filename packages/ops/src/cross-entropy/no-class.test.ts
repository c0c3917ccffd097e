import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { classes, gradientOf, logits, numbers, plainLosses, targetsOf } from "./cases";
import { softmaxCrossEntropy } from "./softmax-cross-entropy";

test("a target that is no class makes its loss and gradient NaN", async () => {
  const targets = targetsOf([1, 5, -100, -1, 4], [5]);
  const losses = plainLosses(numbers([5, classes]), [1, 0, -100, 0, 4]);
  const each = softmaxCrossEntropy(logits([5, classes]), targets, { reduction: "none" });
  const got = await each.data();
  expect([...got].map(Number.isNaN)).toEqual([false, true, false, true, false]);
  for (const n of [0, 2, 4]) expect(got[n]).toBeCloseTo(losses[n]!, 5);
  const slopes = await gradientOf(logits([5, classes]), targets, { reduction: "none" }).data();
  for (const [n, slope] of slopes.entries()) {
    expect(Number.isNaN(slope)).toBe([1, 3].includes(Math.floor(n / classes)));
  }
  for (const reduction of ["mean", "sum"] as const) {
    const loss = softmaxCrossEntropy(logits([5, classes]), targets, { reduction });
    expect(await loss.data()).toEqual(new Float32Array([NaN]));
    const gradient = await gradientOf(logits([5, classes]), targets, { reduction }).data();
    expect(gradient.some(Number.isNaN)).toBe(true);
  }
  const ignored = { ignoreIndex: 9, reduction: "sum" } as const;
  const loss = softmaxCrossEntropy(logits([1, classes]), targetsOf([9], [1]), ignored);
  await expectClose(loss, [0]);
});
