import { type Tensor2D, type Tensor3D, tensor3d } from "@tensorflow/tfjs-core";
import { normal, Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { causalLoss, rowsTensor } from "@tx/training";
import { expect, test } from "vitest";
import type { Progress } from "../experiment/experiment";
import { binned, ending, seriesOfBars, seriesOfRuns } from "./curves";
import { layerGradients } from "./layer-gradients";
import { leakOf } from "./leak";
import { likeness } from "./likeness";
import { columnMeans, lossesOf } from "./losses";
import { Meter } from "./meter";
import { Reader } from "./reader";
import { smallDecoder } from "./small-decoder";
import { train } from "./train";
import { UnsharedFeedForward } from "./unshared-feed-forward";

const SIZES = { vocabSize: 7, dModel: 6, heads: 2, layers: 2 };
const rows = { values: Int32Array.of(1, 4, 2, 6, 0, 3, 5, 5, 1, 2), shape: [2, 5] } as const;

test("alike is 1, at right angles 0, and a mean of texts is taken", async () => {
  await expectNoLeak(async () => {
    const x = tensor3d([1, 0, 2, 0, 0, 3, 1, 0], [2, 2, 2]);
    expect(await likeness(x)).toBeCloseTo(0.5, 12);
    x.dispose();
  });
});

test("only without a mask does the last token change what comes before", async () => {
  await expectNoLeak(async () => {
    const reader = new Reader({ ...SIZES, rng: new Rng(1) });
    const leak = (masked: boolean) => leakOf((ids) => reader.forward(ids, masked), rows, 7);
    expect(await leak(true)).toBe(0);
    expect(await leak(false)).toBeGreaterThan(1e-4);
    const said = await reader.continued(3, { texts: 2, tokens: 4, masked: true, rng: new Rng(2) });
    expect(said.map(({ length }) => length)).toEqual([4, 4]);
    reader.dispose();
  });
});

test("a layer's gradient is that of its own parameters", async () => {
  await expectNoLeak(async () => {
    const model = smallDecoder({ ...SIZES, rng: new Rng(1) });
    const tokens = rowsTensor(rows);
    const norms = await layerGradients(model, () =>
      causalLoss((ids) => model.forward(ids), tokens),
    );
    expect(norms).toHaveLength(2);
    for (const norm of norms) expect(norm).toBeGreaterThan(0);
    for (const thing of [model, tokens]) thing.dispose();
  });
});

test("places lose as the whole does", async () => {
  await expectNoLeak(async () => {
    const model = smallDecoder({ ...SIZES, rng: new Rng(1) });
    const forward = (ids: Tensor2D) => model.forward(ids);
    const losses = await lossesOf(forward, rows);
    const tokens = rowsTensor(rows);
    const whole = causalLoss(forward, tokens);
    await expectClose(whole, [losses.reduce((sum, loss) => sum + loss, 0) / losses.length]);
    for (const thing of [model, tokens, whole]) thing.dispose();
  });
  expect(columnMeans([1, 2, 3, 6], [2, 2])).toEqual([2, 4]);
});

test("a training tells of each step and leaves nothing, also where it is left in between", async () => {
  const lesson = (model: ReturnType<typeof smallDecoder>) => ({
    ...{ model, steps: 6, schedule: () => 0.01 },
    loss: (tokens: Tensor2D) => causalLoss((ids) => model.forward(ids), tokens),
    batch: (): [Tensor2D] => [rowsTensor(rows)],
  });
  await expectNoLeak(async () => {
    const model = smallDecoder({ ...SIZES, rng: new Rng(1) });
    const parts = train(lesson(model), new Meter(6));
    const told: Progress[] = [];
    let part = await parts.next();
    for (; !part.done; part = await parts.next()) told.push(part.value);
    expect(told[0]).toEqual({ done: 1, of: 6 });
    const { losses, gradientNorms } = part.value;
    expect([losses.length, gradientNorms.length]).toEqual([6, 6]);
    expect(losses[5]).toBeLessThan(losses[0]!);
    expect(model.training).toBe(false);
    const left = train(lesson(model), new Meter(6));
    await left.next();
    await left.return(undefined as never);
    model.dispose();
  });
});

test("a feed-forward of its own a place differs from place to place", async () => {
  await expectNoLeak(async () => {
    const init = normal(1, new Rng(1));
    const part = new UnsharedFeedForward({ seq: 3, dModel: 2, dFF: 5, init });
    const x: Tensor3D = tensor3d([1, 2, 1, 2, 1, 2], [1, 3, 2]);
    const y = part.forward(x);
    const [first, second] = (await y.array())[0]!;
    expect(y.shape).toEqual([1, 3, 2]);
    expect(first).not.toEqual(second);
    for (const thing of [part, x, y]) thing.dispose();
  });
});

test("curves in few points, with bands and gaps", () => {
  expect(binned([1, 3, 5, 7], 2)).toEqual({ x: [2, 4], y: [2, 6] });
  expect(binned([Number.NaN, 4], 2)).toEqual({ x: [1, 2], y: [null, 4] });
  expect(ending([9, 9, 1, 3], 0.5)).toBe(2);
  const label = { en: "a", zh: "甲" };
  expect(seriesOfRuns({ name: "s", label }, [[1, 2]])).toEqual({
    name: "s",
    label,
    x: [1, 2],
    y: [1, 2],
  });
  expect(seriesOfRuns({ name: "s", label }, [[1], [3]])).toEqual({
    ...{ name: "s", label, x: [1], y: [2], low: [1], high: [3] },
  });
  expect(seriesOfBars({ name: "s", label }, [[1, 3], []])).toEqual({
    ...{ name: "s", label, x: [0, 1], y: [2, null], low: [1, null], high: [3, null] },
  });
});
