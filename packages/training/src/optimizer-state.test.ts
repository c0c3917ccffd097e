import {
  clone,
  type Tensor,
  tensor1d,
  tensor2d,
  type Variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { parameter, ShapeError } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { AdamW } from "./index";

const EXACT = { rtol: 0, atol: 0 };

function made(): { parameters: Map<string, Variable>; optimizer: AdamW } {
  const parameters = new Map<string, Variable>([
    ["kernel", parameter([2, 3], () => tensor2d([1, 2, 3, 4, 5, 6], [2, 3]))],
    ["bias", parameter([3], () => tensor1d([-1, 0, 1]))],
  ]);
  return { parameters, optimizer: new AdamW({ parameters }) };
}

const gradientsOf = (step: number) =>
  new Map<string, Tensor>([
    [
      "kernel",
      tensor2d(
        [0, 1, 2, 3, 4, 5].map((i) => Math.cos(i + step)),
        [2, 3],
      ),
    ],
    ["bias", tensor1d([0, 1, 2].map((i) => Math.sin(i + step)))],
  ]);

const steps = (optimizer: AdamW, from: number, to: number) => {
  for (let step = from; step < to; step++) optimizer.step(gradientsOf(step), 0.1);
};
const copyOf = (tensors: ReadonlyMap<string, Tensor>) =>
  new Map([...tensors].map(([path, tensor]) => [path, clone(tensor)]));

async function expectSame(
  got: ReadonlyMap<string, Tensor>,
  wanted: ReadonlyMap<string, Tensor>,
): Promise<void> {
  expect([...got.keys()]).toEqual([...wanted.keys()]);
  for (const [path, tensor] of wanted) await expectClose(got.get(path)!, tensor, EXACT);
}

test("its state is two moments a parameter, by path", () => {
  const state = made().optimizer.state();
  expect([...state].map(([path, { shape }]) => [path, shape])).toEqual([
    ["kernel.firstMoment", [2, 3]],
    ["kernel.secondMoment", [2, 3]],
    ["bias.firstMoment", [3]],
    ["bias.secondMoment", [3]],
  ]);
});

test("a run that is resumed goes on bit for bit", async () => {
  const whole = made();
  steps(whole.optimizer, 0, 7);

  const first = made();
  steps(first.optimizer, 0, 3);
  const second = made();
  for (const [path, variable] of second.parameters) variable.assign(first.parameters.get(path)!);
  second.optimizer.loadState(first.optimizer.state(), first.optimizer.steps);
  // Even twice, it frees nothing that the second has taken over.
  first.optimizer.dispose();
  first.optimizer.dispose();
  expect(second.optimizer.steps).toBe(3);
  steps(second.optimizer, 3, 7);

  await expectSame(second.parameters, whole.parameters);
  await expectSame(second.optimizer.state(), whole.optimizer.state());
  expect(second.optimizer.steps).toBe(7);
});

test("loading its own state keeps it", async () => {
  const { optimizer } = made();
  steps(optimizer, 0, 2);
  // Numbers, not clones: a clone would keep alive the data that a careless load frees.
  const before = await numbersOf(optimizer);
  await expectNoLeak(() => optimizer.loadState(optimizer.state(), 5));
  expect(await numbersOf(optimizer)).toEqual(before);
  expect(optimizer.steps).toBe(5);
});

const numbersOf = (optimizer: AdamW) =>
  Promise.all([...optimizer.state().values()].map((moment) => moment.array()));

test("a refused step changes nothing and leaves nothing behind", async () => {
  const { parameters, optimizer } = made();
  steps(optimizer, 0, 2);
  const [weights, state] = [copyOf(parameters), copyOf(optimizer.state())];
  const gradients = gradientsOf(2);
  const [unknown, misshaped] = [new Map(gradients), new Map(gradients)];
  unknown.set("gain", zeros([3]));
  misshaped.set("bias", zeros([4]));
  await expectNoLeak(() => {
    for (const rate of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => optimizer.step(gradients, rate)).toThrow(
        new RangeError(`rate: expected a number, got ${rate}`),
      );
    }
    expect(() => optimizer.step(unknown, 0.1)).toThrow(
      new RangeError("gradients: expected a parameter's path, got gain"),
    );
    expect(() => optimizer.step(misshaped, 0.1)).toThrow(
      new ShapeError("bias: expected [3], got [4]"),
    );
  });
  await expectSame(parameters, weights);
  await expectSame(optimizer.state(), state);
  expect(optimizer.steps).toBe(2);
});

test("a refused state changes nothing and leaves nothing behind", async () => {
  const { optimizer } = made();
  steps(optimizer, 0, 2);
  const own = copyOf(optimizer.state());
  const other = copyOf(made().optimizer.state());
  const [few, misshaped, retyped] = [new Map(other), new Map(other), new Map(other)];
  few.delete("bias.firstMoment");
  few.set("gain.firstMoment", zeros([3]));
  misshaped.set("bias.secondMoment", zeros([4]));
  retyped.set("bias.secondMoment", zeros([3], "int32"));
  await expectNoLeak(() => {
    expect(() => optimizer.loadState(other, -1)).toThrow(
      new RangeError("steps: expected a whole number from 0, got -1"),
    );
    expect(() => optimizer.loadState(few, 3)).toThrow(
      new RangeError(
        "state: expected the optimizer's own paths, got bias.firstMoment, gain.firstMoment",
      ),
    );
    expect(() => optimizer.loadState(misshaped, 3)).toThrow(
      new ShapeError("bias.secondMoment: expected [3], got [4]"),
    );
    expect(() => optimizer.loadState(retyped, 3)).toThrow(
      new RangeError("bias.secondMoment: expected float32, got int32"),
    );
  });
  await expectSame(optimizer.state(), own);
  expect(optimizer.steps).toBe(2);
});
