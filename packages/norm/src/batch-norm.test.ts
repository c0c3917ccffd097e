import {
  ones,
  randomNormal,
  type Tensor,
  type Tensor1D,
  tensor,
  tensor1d,
  zeros,
} from "@tensorflow/tfjs-core";
import { loadState, stateOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { BatchNorm, type BatchNormOptions, batchNorm, batchStatistics } from "./index";

const WIDTH = 5;
const GAIN = [0.5, -1, 2, 0.25, 1.5];
const BIAS = [0.1, 0, -0.3, 0.7, -1];
/** [batch, seq]; the last positions of the second and third row are padding. */
const KEPT = [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0];

const inputs = (seed = 11, mean = 0.5) => randomNormal([3, 4, WIDTH], mean, 2, "float32", seed);
const mask = () => tensor(KEPT, [3, 4], "bool");

function trained(options: BatchNormOptions = {}): BatchNorm {
  const norm = new BatchNorm(WIDTH, options);
  norm.gain.assign(tensor1d(GAIN));
  norm.bias?.assign(tensor1d(BIAS));
  return norm;
}

/** In float64, feature by feature: [mean, biased variance, positions]. */
function moments(x: ArrayLike<number>, kept?: number[]) {
  return Array.from({ length: WIDTH }, (_, feature) => {
    const column = Array.from(x).filter(
      (_, i) => i % WIDTH === feature && (kept?.[Math.floor(i / WIDTH)] ?? 1) === 1,
    );
    const mean = column.reduce((sum, entry) => sum + entry, 0) / column.length;
    const squares = column.reduce((sum, entry) => sum + (entry - mean) ** 2, 0);
    return { mean, variance: squares / column.length, unbiased: squares / (column.length - 1) };
  });
}

async function wanted(x: Tensor, kept?: number[], { eps = 1e-5, gain = GAIN, bias = BIAS } = {}) {
  const numbers = Array.from(await x.data());
  const columns = moments(numbers, kept);
  return numbers.map((number, i) => {
    const { mean, variance } = columns[i % WIDTH]!;
    return ((number - mean) / Math.sqrt(variance + eps)) * gain[i % WIDTH]! + bias[i % WIDTH]!;
  });
}

test("training takes the statistics of the batch over batch and time", async () => {
  const x = inputs();
  const y = trained().train().forward(x);
  expect(y.shape).toEqual(x.shape);
  await expectClose(y, await wanted(x), { atol: 1e-5 });
  await expectClose(
    trained({ eps: 0.5 }).train().forward(x),
    await wanted(x, undefined, { eps: 0.5 }),
    {
      atol: 1e-5,
    },
  );
});

test("padding counts for nothing in the statistics and is normalised like the rest", async () => {
  const x = inputs();
  await expectClose(trained().train().forward(x, { mask: mask() }), await wanted(x, KEPT), {
    atol: 1e-5,
  });
  const { count } = batchStatistics(x, mask());
  await expectClose(count, [9]);
});

test("is exact for large means and tiny variances", async () => {
  const x = inputs(3, 1000);
  const bias = Array(WIDTH).fill(0);
  const norm = trained({ bias: false }).train();
  await expectClose(norm.forward(x, { mask: mask() }), await wanted(x, KEPT, { bias }), {
    atol: 3e-4,
  });
  const tiny = randomNormal([3, 4, WIDTH], 0, 1e-3, "float32", 5);
  await expectClose(norm.forward(tiny), await wanted(tiny, undefined, { bias }), { atol: 1e-5 });
  // No spread at all is the bias, not NaN.
  await expectClose(
    trained()
      .train()
      .forward(ones([3, WIDTH])),
    [...BIAS, ...BIAS, ...BIAS],
  );
});

test("remembers running statistics as torch does, with the unbiased variance", async () => {
  const norm = new BatchNorm(WIDTH, { momentum: 0.3 }).train();
  let [mean, variance] = [Array(WIDTH).fill(0), Array(WIDTH).fill(1)];
  for (const [seed, kept] of [
    [1, undefined],
    [2, KEPT],
  ] as const) {
    const x = inputs(seed);
    norm.forward(x, kept ? { mask: mask() } : {});
    const columns = moments(await x.data(), kept as number[] | undefined);
    mean = mean.map((old, i) => 0.7 * old + 0.3 * columns[i]!.mean);
    variance = variance.map((old, i) => 0.7 * old + 0.3 * columns[i]!.unbiased);
  }
  await expectClose(norm.runningMean, mean);
  await expectClose(norm.runningVariance, variance);
});

test("evaluation takes the running statistics, changes nothing and needs no batch", async () => {
  const norm = trained();
  norm.runningMean.assign(tensor1d([1, 2, 3, 4, 5]));
  norm.runningVariance.assign(tensor1d([4, 1, 0.25, 1, 9]));
  const y = norm.forward(tensor([[[3, 3, 3, 3, 3]]]));
  await expectClose(y, [0.6, -1, -0.3, 0.45, -2], { atol: 1e-4 });
  await expectClose(norm.runningMean, [1, 2, 3, 4, 5]);
});

test("a batch that is all padding changes nothing", async () => {
  const norm = trained().train();
  norm.forward(inputs(), { mask: zeros([3, 4], "bool") });
  await expectClose(norm.runningMean, Array(WIDTH).fill(0));
  await expectClose(norm.runningVariance, Array(WIDTH).fill(1));
});

test.each([
  ["all positions", undefined],
  ["a mask", KEPT],
] as const)("has the gradients that differences give, over %s", async (_, kept) => {
  const f = (x: Tensor, gain: Tensor, bias: Tensor) => {
    const statistics = batchStatistics(x, kept && mask());
    const parts = { gain: gain as Tensor1D, bias: bias as Tensor1D };
    return batchNorm(x, { ...statistics, ...parts });
  };
  await expectGradients(f, [inputs(), tensor1d(GAIN), tensor1d(BIAS)]);
});

test("running statistics are state and no parameters", async () => {
  const norm = trained();
  expect([...norm.parameters().keys()]).toEqual(["gain", "bias"]);
  expect([...stateOf(norm).keys()]).toEqual(["gain", "bias", "runningMean", "runningVariance"]);
  norm.train().forward(inputs());
  const copy = new BatchNorm(WIDTH);
  loadState(copy, stateOf(norm));
  const x = inputs(4);
  await expectClose(copy.forward(x), norm.eval().forward(x), { rtol: 0, atol: 0 });
});

test("refuses nonsense by name, and leaves nothing behind and nothing changed", async () => {
  const norm = new BatchNorm(WIDTH).train();
  const [x, wide, one] = [inputs(), zeros([2, 3, WIDTH + 1]), zeros([1, 1, WIDTH])];
  const [short, numbers] = [ones([3, 5], "bool"), ones([3, 4])];
  await expectNoLeak(() => {
    const make = (options: BatchNormOptions) => () => new BatchNorm(3, options);
    expect(() => new BatchNorm(0)).toThrow(
      new RangeError("width: expected a whole number from 1, got 0"),
    );
    expect(make({ momentum: 0 })).toThrow("momentum: expected a number in (0, 1], got 0");
    expect(make({ momentum: 1.1 })).toThrow("momentum: expected a number in (0, 1], got 1.1");
    expect(make({ eps: 0 })).toThrow("eps: expected a positive number, got 0");
    expect(() => norm.forward(wide)).toThrow("x: expected [..., 5], got [2, 3, 6]");
    expect(() => norm.forward(one)).toThrow(
      "x: expected two positions or more to train on, got [1, 1, 5]",
    );
    expect(() => norm.forward(x, { mask: short })).toThrow("mask: expected [3, 4], got [3, 5]");
    expect(() => norm.forward(x, { mask: numbers })).toThrow("mask: expected bool, got float32");
  });
  await expectClose(norm.runningMean, Array(WIDTH).fill(0));
});

test("is made, trained, run and disposed without a leak", async () => {
  const [x, kept] = [inputs(), mask()];
  await expectNoLeak(() => {
    const norm = new BatchNorm(WIDTH).train();
    norm.forward(x).dispose();
    norm.forward(x, { mask: kept }).dispose();
    norm.eval().forward(x).dispose();
    norm.dispose();
  });
});
