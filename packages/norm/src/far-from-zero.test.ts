import {
  randomNormal,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { BatchNorm, batchStatistics, LayerNorm, RMSNorm, ScaleNorm } from "./index";

// 8 features and 8 positions, so that backends which work on four at once do.
const WIDTH = 8;

/** Rows whose float32 entries lie about a mean, a few steps of it apart. */
const rows = (mean: number, step: number) =>
  Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: WIDTH }, (_, i) => Math.fround(mean + step * ((5 * i + 3 * row) % 7))),
  );

const CASES: [string, number, number][] = [
  ["a mean of 10000, steps of 1/64", 10_000, 1 / 64],
  ["a mean of −1000000, steps of 1/2", -1e6, 0.5],
  ["a mean of 0, steps of 1e-6", 0, 1e-6],
  ["a mean of 1, steps of 2⁻¹⁵", 1, 2 ** -15],
];

const meanOf = (x: number[]) => x.reduce((sum, entry) => sum + entry, 0) / x.length;
const varianceOf = (x: number[]) => meanOf(x.map((entry) => (entry - meanOf(x)) ** 2));

test.each(CASES)("LayerNorm is right for %s", async (_, mean, step) => {
  const wanted = rows(mean, step).map((row) =>
    row.map((entry) => (entry - meanOf(row)) / Math.sqrt(varianceOf(row) + 1e-12)),
  );
  const y = new LayerNorm(WIDTH, { eps: 1e-12 }).forward(tensor2d(rows(mean, step)));
  // The mean itself is exact to some 1e-7 of its size only.
  await expectClose(y, wanted.flat(), {
    rtol: 1e-3,
    atol: (Math.abs(mean) * 1.5e-7) / step / 2 + 1e-4,
  });
});

test.each(CASES)("RMSNorm and ScaleNorm are right for %s", async (_, mean, step) => {
  const x = tensor2d(rows(mean, step));
  const rms = rows(mean, step).map((row) => {
    const root = Math.sqrt(meanOf(row.map((entry) => entry ** 2)) + 1e-12);
    return row.map((entry) => entry / root);
  });
  await expectClose(new RMSNorm(WIDTH, { eps: 1e-12 }).forward(x), rms.flat());
  const scaled = rows(mean, step).map((row) => {
    const length = Math.max(1e-5, Math.sqrt(row.reduce((sum, entry) => sum + entry ** 2, 0)));
    return row.map((entry) => (Math.sqrt(WIDTH) * entry) / length);
  });
  await expectClose(new ScaleNorm(WIDTH).forward(x), scaled.flat());
});

test.each(CASES)("BatchNorm is right for %s, padding left out", async (_, mean, step) => {
  const all = rows(mean, step);
  // What is padding would spoil everything.
  const x = tensor2d([...all.slice(0, 6), Array(WIDTH).fill(1e9), Array(WIDTH).fill(-1e9)]);
  const mask = tensor1d([1, 1, 1, 1, 1, 1, 0, 0], "bool");
  const { mean: means, variance, count } = batchStatistics(x, mask);
  const columns = all[0]!.map((_, i) => all.slice(0, 6).map((row) => row[i]!));
  await expectClose(count, [6]);
  await expectClose(means, columns.map(meanOf), { rtol: 1e-6, atol: 1e-9 });
  await expectClose(variance, columns.map(varianceOf), { rtol: 0.02, atol: 0 });
});

test("a batch norm of a batch that is all padding gives finite numbers, and keeps what it knows", async () => {
  const norm = new BatchNorm(WIDTH).train();
  const x = randomNormal([2, 4, WIDTH], 3, 2, "float32", 5);
  const y: Tensor = norm.forward(x, { mask: zeros([2, 4], "bool") });
  expect([...(await y.data())].every(Number.isFinite)).toBe(true);
  await expectClose(norm.runningMean, Array(WIDTH).fill(0), { rtol: 0, atol: 0 });
  await expectClose(norm.runningVariance, Array(WIDTH).fill(1), { rtol: 0, atol: 0 });
});

test("one position that counts has no spread: its own output is the bias", async () => {
  const norm = new BatchNorm(WIDTH).train();
  const x = randomNormal([1, 3, WIDTH], 3, 2, "float32", 5);
  const mask = tensor([0, 1, 0], [1, 3], "bool");
  const y = await norm.forward(x, { mask }).data();
  await expectClose(tensor1d([...y].slice(WIDTH, 2 * WIDTH)), Array(WIDTH).fill(0), { atol: 1e-4 });
  expect([...(await norm.runningVariance.data())].every(Number.isFinite)).toBe(true);
});
