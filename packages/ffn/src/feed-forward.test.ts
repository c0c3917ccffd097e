import { add, mul, randomNormal, type Tensor, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { constant, Rng } from "@tx/core";
import { dropout } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type Activation, activations, FeedForward, type FeedForwardOptions, silu } from "./index";

const D_MODEL = 5;
const D_FF = 7;
const EXACT = { rtol: 0, atol: 0 };

/** Kernels and biases all drawn, so that none can be left out unnoticed. */
function feedForward(options: Partial<FeedForwardOptions> = {}): FeedForward {
  const part = new FeedForward({ dModel: D_MODEL, dFF: D_FF, rng: new Rng(3), ...options });
  let seed = 1;
  for (const parameter of part.parameters().values()) {
    parameter.assign(randomNormal(parameter.shape, 0, 0.8, "float32", seed++));
  }
  return part;
}

const inputs = (): Tensor3D => randomNormal([2, 3, D_MODEL], 0, 1, "float32", 21);

/** Two maps and an activation in float64. */
async function wanted(part: FeedForward, x: Tensor, f: (number: number) => number) {
  const map = async (rows: number[][], { kernel, bias }: FeedForward["expand"]) => {
    const [weights, shift] = [await kernel.data(), await bias?.data()];
    const width = kernel.shape[1]!;
    return rows.map((row) =>
      Array.from({ length: width }, (_, out) =>
        row.reduce((sum, entry, i) => sum + entry * weights[i * width + out]!, shift?.[out] ?? 0),
      ),
    );
  };
  const numbers = Array.from(await x.data());
  const rows = Array.from({ length: numbers.length / D_MODEL }, (_, row) =>
    numbers.slice(row * D_MODEL, (row + 1) * D_MODEL),
  );
  const hidden = (await map(rows, part.expand)).map((row) => row.map(f));
  return (await map(hidden, part.contract)).flat();
}

const relu = (x: number) => Math.max(x, 0);
const logistic = (x: number) => x / (1 + Math.exp(-x));

test("is two linear maps with relu between", async () => {
  const [part, x] = [feedForward(), inputs()];
  const y = part.forward(x);
  expect(y.shape).toEqual([2, 3, D_MODEL]);
  await expectClose(y, await wanted(part, x, relu), { atol: 1e-5 });
});

test("takes an activation by name and as a function", async () => {
  const x = inputs();
  const named = feedForward({ activation: "silu" });
  await expectClose(named.forward(x), await wanted(named, x, logistic), { atol: 1e-5 });
  const given = feedForward({ activation: silu });
  await expectClose(given.forward(x), named.forward(x), EXACT);
  const identity: Activation = (t) => t;
  const flat = feedForward({ activation: identity });
  await expectClose(flat.forward(x), await wanted(flat, x, Number), { atol: 1e-5 });
});

test("works without biases and on any rank", async () => {
  const part = feedForward({ bias: false });
  const x: Tensor = randomNormal([D_MODEL], 0, 1, "float32", 5);
  await expectClose(part.forward(x), await wanted(part, x, relu), { atol: 1e-5 });
});

test("names its parameters; dFF is four times dModel by default", () => {
  const part = new FeedForward({ dModel: 3, rng: new Rng(1) });
  expect([...part.parameters()].map(([path, { shape }]) => [path, shape])).toEqual([
    ["expand.kernel", [3, 12]],
    ["expand.bias", [12]],
    ["contract.kernel", [12, 3]],
    ["contract.bias", [3]],
  ]);
  expect([...feedForward({ bias: false }).parameters().keys()]).toEqual([
    "expand.kernel",
    "contract.kernel",
  ]);
});

test("takes first values for both kernels or for the second alone", async () => {
  const options = { dModel: 2, dFF: 3, rng: new Rng(1), init: constant(0.5) };
  const both = new FeedForward(options);
  await expectClose(both.contract.kernel, Array(6).fill(0.5));
  const second = new FeedForward({ ...options, contractInit: constant(2) });
  await expectClose(second.expand.kernel, Array(6).fill(0.5));
  await expectClose(second.contract.kernel, Array(6).fill(2));
});

test("the same seed gives the same weights", async () => {
  const make = () => new FeedForward({ dModel: 3, rng: new Rng(8) });
  const [a, b] = [make(), make()];
  await expectClose(a.contract.kernel, b.contract.kernel, EXACT);
});

test("drops inner features, in training only and the same for a seed", async () => {
  const x = inputs();
  const part = feedForward({ dropout: 0.4 });
  const without = feedForward();
  await expectClose(part.forward(x), without.forward(x), EXACT);

  const once = feedForward({ dropout: 0.4 }).train().forward(x);
  await expectClose(part.train().forward(x), once, EXACT);
  // A part with the same stream, whose inner features are dropped by hand.
  const rng = new Rng(3);
  new FeedForward({ dModel: D_MODEL, dFF: D_FF, rng });
  const hidden = activations.relu(part.expand.forward(x));
  const dropped = dropout(hidden, { rate: 0.4, seed: rng.nextSeed() });
  await expectClose(once, part.contract.forward(dropped), EXACT);
});

test("has the gradients that differences give", async () => {
  const part = feedForward({ activation: "gelu" });
  const { expand, contract } = part;
  const forward = (x: Tensor, ...[kernel, bias, kernel2, bias2]: Tensor[]) => {
    Object.assign(expand, { kernel, bias });
    Object.assign(contract, { kernel: kernel2, bias: bias2 });
    return part.forward(x);
  };
  const parameters = [expand.kernel, expand.bias, contract.kernel, contract.bias] as Tensor[];
  const copies = parameters.map((parameter) => mul(parameter, 1));
  await expectGradients(forward as (...inputs: Tensor[]) => Tensor, [inputs(), ...copies]);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const rng = new Rng(1);
  const make = (options: object) => () => new FeedForward({ dModel: 3, rng, ...options });
  const part = feedForward();
  const x = zeros([2, D_MODEL + 1]);
  await expectNoLeak(() => {
    expect(make({ dModel: 0 })).toThrow(
      new RangeError("dModel: expected a whole number from 1, got 0"),
    );
    expect(make({ dFF: 1.5 })).toThrow("dFF: expected a whole number from 1, got 1.5");
    expect(make({ dropout: 1 })).toThrow("dropout: expected a number in [0, 1), got 1");
    expect(make({ activation: "tanh" })).toThrow(
      'activation: expected one of relu, squared-relu, gelu, gelu-tanh, silu, mish, got "tanh"',
    );
    expect(() => part.forward(x)).toThrow("x: expected [..., inputs=5], got [2, 6]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const part = new FeedForward({ dModel: D_MODEL, dropout: 0.5, rng: new Rng(1) }).train();
    part.forward(x).dispose();
    part.dispose();
  });
});

test("adds a residual in the same pass", async () => {
  const [part, x] = [feedForward({ activation: "gelu-tanh" }), inputs()];
  const residual: Tensor3D = randomNormal([2, 3, D_MODEL], 0, 1, "float32", 22);
  await expectClose(part.forward(x, { residual }), add(part.forward(x), residual), { atol: 1e-6 });
  expect(part.addsResidual).toBe(true);
  expect(() => part.forward(x, { residual: zeros([2, 3, 4]) })).toThrow(
    "residual: expected [2, 3, 5], got [2, 3, 4]",
  );
});
