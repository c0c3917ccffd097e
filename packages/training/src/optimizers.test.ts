import { memory, scalar, type Tensor, tensor, type Variable, zeros } from "@tensorflow/tfjs-core";
import { parameter, ShapeError } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { Adafactor, Lion, type Optimizer, Sgd, type SlotOptimizerOptions } from "./index";
import {
  adafactorByHand,
  lionByHand,
  PATHS,
  type Path,
  RATES,
  SHAPES,
  sgdByHand,
  wave,
} from "./testing/optimizers-by-hand";

const gradientOf = (path: Path, step: number) => wave(path, 5 * step + 1).map((x) => 0.7 * x);
const parametersOf = () =>
  new Map<string, Variable>(
    PATHS.map((path) => [path, parameter(SHAPES[path], () => tensor(wave(path, 0), SHAPES[path]))]),
  );
const gradientsOf = (step: number) =>
  new Map<string, Tensor>(
    PATHS.map((path) => [path, tensor(gradientOf(path, step), SHAPES[path])]),
  );

type Make = (options: SlotOptimizerOptions) => Optimizer;
type ByHand = (shape: readonly number[], start: number[], gradients: number[][]) => number[];

/** Several updates, all gradients halved, against the algorithm in float64. */
async function expectByHand(
  make: Make,
  byHand: (decay: number) => ByHand,
  decayOf: (path: Path) => number,
): Promise<void> {
  const parameters = parametersOf();
  const optimizer = make({ parameters });
  for (const [step, rate] of RATES.entries()) optimizer.step(gradientsOf(step), rate, scalar(0.5));
  expect(optimizer.steps).toBe(RATES.length);
  for (const path of PATHS) {
    const gradients = RATES.map((_, step) => gradientOf(path, step).map((x) => 0.5 * x));
    const wanted = byHand(decayOf(path))(SHAPES[path], wave(path, 0), gradients);
    await expectClose(parameters.get(path)!, wanted, { rtol: 2e-5, atol: 5e-6 });
  }
  optimizer.dispose();
}

const onMatrix = (decay: number) => (path: Path) => (path === "part.kernel" ? decay : 0);
const none = () => 0;

describe("Sgd", () => {
  test.each([
    { momentum: 0, nesterov: false },
    { momentum: 0.9, nesterov: false },
    { momentum: 0.6, nesterov: true },
  ])("%o", async (settings) => {
    const make: Make = (options) => new Sgd({ ...options, ...settings });
    await expectByHand(make, (decay) => sgdByHand({ ...settings, decay }), none);
    const decaying: Make = (options) => make({ ...options, weightDecay: 0.3 });
    await expectByHand(decaying, (decay) => sgdByHand({ ...settings, decay }), onMatrix(0.3));
  });

  test("remembers a velocity only where there is momentum", () => {
    expect(new Sgd({ parameters: parametersOf() }).state().size).toBe(0);
    const { shape } = new Sgd({ parameters: parametersOf(), momentum: 0.5 })
      .state()
      .get("part.kernel.velocity")!;
    expect(shape).toEqual([5, 3]);
  });
});

describe("Lion", () => {
  test.each([{}, { beta1: 0.5, beta2: 0.7 }])("%o", async (settings) => {
    const make: Make = (options) => new Lion({ ...options, ...settings });
    await expectByHand(make, (decay) => lionByHand({ ...settings, decay }), none);
    const decaying: Make = (options) => make({ ...options, weightDecay: 0.3 });
    await expectByHand(decaying, (decay) => lionByHand({ ...settings, decay }), onMatrix(0.3));
  });
});

describe("Adafactor", () => {
  test.each([
    {},
    { clipThreshold: 0.5, decayPower: 0.6, eps: 1e-3 },
    { relativeStep: true },
    { relativeStep: true, beta1: 0.9 },
  ])("%o", async (settings) => {
    const make: Make = (options) => new Adafactor({ ...options, ...settings });
    await expectByHand(make, (decay) => adafactorByHand({ ...settings, decay }), none);
    const decaying: Make = (options) => make({ ...options, weightDecay: 0.3 });
    await expectByHand(decaying, (decay) => adafactorByHand({ ...settings, decay }), onMatrix(0.3));
  });

  test("keeps rows and columns of matrices, all of vectors", () => {
    const shapes = (options: { beta1?: number }) =>
      [...new Adafactor({ parameters: parametersOf(), ...options }).state()].map(
        ([path, { shape }]) => [path, shape],
      );
    const wanted = [
      ["part.kernel.rowMoment", [5]],
      ["part.kernel.columnMoment", [3]],
      ["part.bias.secondMoment", [3]],
      ["part.gain.secondMoment", []],
      ["embedding.table.rowMoment", [2, 7]],
      ["embedding.table.columnMoment", [2, 2]],
    ];
    expect(shapes({})).toEqual(wanted);
    expect(shapes({ beta1: 0.5 })).toContainEqual(["part.kernel.firstMoment", [5, 3]]);
  });

  test("takes rows + columns numbers for a matrix, after steps too", () => {
    const parameters = new Map([["kernel", parameter([101, 67], () => zeros([101, 67]))]]);
    const gradients = new Map([["kernel", zeros([101, 67])]]);
    const before = memory().numBytes;
    const optimizer = new Adafactor({ parameters });
    for (let n = 0; n < 3; n++) optimizer.step(gradients, 0.1);
    expect(memory().numBytes - before).toBe(4 * (101 + 67));
  });

  test("gradients of zero move nothing, tiny ones as much as large ones", async () => {
    const moved = async (size: number) => {
      const parameters = new Map([["kernel", parameter([3, 2], () => zeros([3, 2]))]]);
      const scaled = tensor(
        [1, 2, -1, 1, 1, -3].map((x) => x * size),
        [3, 2],
      );
      new Adafactor({ parameters }).step(new Map([["kernel", scaled]]), 0.1);
      return [...(await parameters.get("kernel")!.data())];
    };
    expect((await moved(0)).every((x) => x === 0)).toBe(true);
    const large = await moved(1);
    for (const [i, x] of (await moved(1e-12)).entries()) expect(x).toBeCloseTo(large[i]!, 5);
  });
});

const ALL: Record<string, Make> = {
  "Sgd with momentum": (options) => new Sgd({ momentum: 0.9, nesterov: true, ...options }),
  Lion: (options) => new Lion(options),
  Adafactor: (options) => new Adafactor({ relativeStep: true, ...options }),
};

describe.each(Object.entries(ALL))("%s", (_, make) => {
  const EXACT = { rtol: 0, atol: 0 };

  test("a run that is resumed goes on bit for bit", async () => {
    const [whole, first, second] = [parametersOf(), parametersOf(), parametersOf()];
    const run = (optimizer: Optimizer, from: number, to: number) => {
      for (let step = from; step < to; step++) optimizer.step(gradientsOf(step), RATES[step]!);
      return optimizer;
    };
    const all = run(make({ parameters: whole }), 0, 4);
    const before = run(make({ parameters: first }), 0, 2);
    for (const path of PATHS) second.get(path)!.assign(first.get(path)!);
    const after = make({ parameters: second });
    after.loadState(before.state(), before.steps);
    before.dispose();
    run(after, 2, 4);
    for (const path of PATHS) await expectClose(second.get(path)!, whole.get(path)!, EXACT);
    for (const [path, slot] of all.state())
      await expectClose(after.state().get(path)!, slot, EXACT);
  });

  test("a refused step or state changes nothing, and is refused by name", async () => {
    const parameters = parametersOf();
    const optimizer = make({ parameters });
    optimizer.step(gradientsOf(0), 0.1);
    const live = [...parameters.values(), ...optimizer.state().values()];
    const before = await Promise.all(live.map((tensor) => tensor.data()));
    const [path, slot] = [...optimizer.state()][0]!;
    const [few, misshaped] = [new Map(optimizer.state()), new Map(optimizer.state())];
    few.delete(path);
    const more = [...slot.shape, 2];
    misshaped.set(path, zeros(more));
    const gradients = gradientsOf(1).set("part.bias", zeros([4]));
    await expectNoLeak(() => {
      expect(() => optimizer.step(gradients, 0.1)).toThrow(
        new ShapeError("part.bias: expected [3], got [4]"),
      );
      expect(() => optimizer.loadState(few, 3)).toThrow(
        new RangeError(`state: expected the optimizer's own paths, got ${path}`),
      );
      expect(() => optimizer.loadState(misshaped, 3)).toThrow(
        new ShapeError(`${path}: expected [${slot.shape.join(", ")}], got [${more.join(", ")}]`),
      );
    });
    for (const [i, tensor] of live.entries()) expect(await tensor.data()).toEqual(before[i]);
    expect(optimizer.steps).toBe(1);
  });

  test("steps leave nothing behind, nor does a disposed optimizer", async () => {
    const parameters = parametersOf();
    const [gradients, scale] = [gradientsOf(0), scalar(0.5)];
    await expectNoLeak(() => {
      const optimizer = make({ parameters, weightDecay: 0.1 });
      for (let n = 0; n < 3; n++) optimizer.step(gradients, 0.1, scale);
      optimizer.dispose();
      optimizer.dispose();
    });
  });
});

test("refuses settings that make no sense, and leaves nothing behind", async () => {
  const parameters = parametersOf();
  await expectNoLeak(() => {
    const refused = (make: () => Optimizer, message: string) =>
      expect(make).toThrow(new RangeError(message));
    refused(
      () => new Sgd({ parameters, momentum: 1 }),
      "momentum: expected a number in [0, 1), got 1",
    );
    refused(
      () => new Sgd({ parameters, nesterov: true }),
      "nesterov: expected a momentum above 0 with it, got 0",
    );
    refused(
      () => new Lion({ parameters, beta2: -1 }),
      "beta2: expected a number in [0, 1), got -1",
    );
    refused(() => new Adafactor({ parameters, eps: -1 }), "eps: expected a number from 0, got -1");
    refused(
      () => new Adafactor({ parameters, clipThreshold: 0 }),
      "clipThreshold: expected a positive number, got 0",
    );
    refused(
      () => new Adafactor({ parameters, decayPower: Number.NaN }),
      "decayPower: expected a positive number, got NaN",
    );
    refused(
      () => new Lion({ parameters, weightDecay: -1 }),
      "weightDecay: expected a number from 0, got -1",
    );
  });
});
