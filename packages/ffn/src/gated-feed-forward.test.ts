import { add, mul, randomNormal, type Tensor, type Tensor3D, zeros } from "@tensorflow/tfjs-core";
import { constant, Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  type Activation,
  GatedFeedForward,
  type GatedFeedForwardOptions,
  gatedWidth,
} from "./index";

const D_MODEL = 5;
const D_FF = 7;
const EXACT = { rtol: 0, atol: 0 };

function part(options: Partial<GatedFeedForwardOptions> = {}): GatedFeedForward {
  const made = new GatedFeedForward({ dModel: D_MODEL, dFF: D_FF, rng: new Rng(3), ...options });
  let seed = 1;
  for (const parameter of made.parameters().values()) {
    parameter.assign(randomNormal(parameter.shape, 0, 0.8, "float32", seed++));
  }
  return made;
}

const inputs = (): Tensor3D => randomNormal([2, 3, D_MODEL], 0, 1, "float32", 21);

/** Three maps and a gate in float64. */
async function wanted(made: GatedFeedForward, x: Tensor, f: (number: number) => number) {
  const map = async (rows: number[][], { kernel, bias }: GatedFeedForward["gate"]) => {
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
  const [gate, up] = [await map(rows, made.gate), await map(rows, made.up)];
  const inner = gate.map((row, i) => row.map((entry, j) => f(entry) * up[i]![j]!));
  return (await map(inner, made.down)).flat();
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

test.each<[GatedFeedForwardOptions["activation"], (x: number) => number]>([
  ["sigmoid", logistic],
  ["relu", (x) => Math.max(x, 0)],
  ["silu", (x) => x * logistic(x)],
  ["squared-relu", (x) => Math.max(x, 0) ** 2],
  ["mish", (x) => x * Math.tanh(Math.log1p(Math.exp(x)))],
])("the gate goes through %s, what is gated does not", async (activation, f) => {
  const x = inputs();
  for (const bias of [false, true]) {
    const made = part({ bias, ...(activation ? { activation } : {}) });
    const y = made.forward(x);
    expect(y.shape).toEqual(x.shape);
    await expectClose(y, await wanted(made, x, f), { atol: 1e-5 });
  }
});

test("takes a function of one's own, and is SwiGLU by default", async () => {
  const x = inputs();
  const bilinear: Activation = (t) => t;
  const made = part({ activation: bilinear });
  await expectClose(made.forward(x), await wanted(made, x, Number), { atol: 1e-5 });
  await expectClose(part().forward(x), part({ activation: "silu" }).forward(x), EXACT);
});

test("names its parameters; dFF is two thirds of four times dModel, rounded", () => {
  const shapes = (options: object) => {
    const made = new GatedFeedForward({ dModel: 5, rng: new Rng(1), ...options });
    return [...made.parameters()].map(([path, { shape }]) => [path, shape]);
  };
  expect(shapes({})).toEqual([
    ["gate.kernel", [5, 13]],
    ["up.kernel", [5, 13]],
    ["down.kernel", [13, 5]],
  ]);
  expect(shapes({ bias: true, multipleOf: 8 }).map(([path]) => path)).toEqual([
    ...["gate.kernel", "gate.bias", "up.kernel", "up.bias", "down.kernel", "down.bias"],
  ]);
  expect([gatedWidth(5), gatedWidth(5, 8), gatedWidth(6), gatedWidth(4096, 256)]).toEqual([
    ...[13, 16, 16, 11008],
  ]);
});

test("takes first values for all kernels or for the last alone", async () => {
  const options = { dModel: 2, dFF: 3, rng: new Rng(1), init: constant(0.5) };
  await expectClose(new GatedFeedForward(options).down.kernel, Array(6).fill(0.5));
  const last = new GatedFeedForward({ ...options, downInit: constant(2) });
  await expectClose(last.up.kernel, Array(6).fill(0.5));
  await expectClose(last.down.kernel, Array(6).fill(2));
});

test("drops inner features, in training only and the same for a seed", async () => {
  const x = inputs();
  const made = part({ dropout: 0.4 });
  await expectClose(made.forward(x), part().forward(x), EXACT);
  const once = made.train().forward(x);
  await expectClose(part({ dropout: 0.4 }).train().forward(x), once, EXACT);
  await expect(expectClose(once, part().forward(x))).rejects.toThrow();
});

test("adds a residual in the same pass", async () => {
  const [made, x] = [part(), inputs()];
  const residual: Tensor3D = randomNormal([2, 3, D_MODEL], 0, 1, "float32", 22);
  await expectClose(made.forward(x, { residual }), add(made.forward(x), residual), { atol: 1e-6 });
  expect(made.addsResidual).toBe(true);
});

test.each(["silu", "mish"] as const)(
  "has the gradients that differences give, %s",
  async (activation) => {
    const made = part({ activation });
    const { gate, up, down } = made;
    const forward = (x: Tensor, ...kernels: Tensor[]) => {
      for (const [i, map] of [gate, up, down].entries()) Object.assign(map, { kernel: kernels[i] });
      return made.forward(x);
    };
    const kernels = [gate, up, down].map(({ kernel }) => mul(kernel, 1) as Tensor);
    await expectGradients(forward as (...inputs: Tensor[]) => Tensor, [inputs(), ...kernels]);
  },
);

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const rng = new Rng(1);
  const make = (options: object) => () => new GatedFeedForward({ dModel: 3, rng, ...options });
  const made = part();
  const x = zeros([2, D_MODEL + 1]);
  await expectNoLeak(() => {
    expect(make({ dModel: 0 })).toThrow("dModel: expected a whole number from 1, got 0");
    expect(make({ multipleOf: 0 })).toThrow("multipleOf: expected a whole number from 1, got 0");
    expect(make({ dFF: 1.5 })).toThrow("dFF: expected a whole number from 1, got 1.5");
    expect(make({ dropout: 1 })).toThrow("dropout: expected a number in [0, 1), got 1");
    expect(make({ activation: "tanh" })).toThrow(
      'activation: expected one of sigmoid, relu, squared-relu, gelu, gelu-tanh, silu, mish, got "tanh"',
    );
    expect(() => made.forward(x)).toThrow("x: expected [..., inputs=5], got [2, 6]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    for (const activation of ["silu", "mish"] as const) {
      const made = new GatedFeedForward({
        ...{ dModel: D_MODEL, activation, dropout: 0.5, rng: new Rng(1) },
      }).train();
      made.forward(x).dispose();
      made.dispose();
    }
  });
});
