import {
  memory,
  ones,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { parameter, ShapeError } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { EmaWeights } from "./index";

const EXACT = { rtol: 0, atol: 0 };
const SHAPES = { kernel: [5, 3], bias: [3] };
type Path = keyof typeof SHAPES;
const PATHS = Object.keys(SHAPES) as Path[];
const sizeOf = (path: Path) => SHAPES[path].reduce((size, n) => size * n, 1);
const wave = (path: Path, step: number) =>
  Array.from({ length: sizeOf(path) }, (_, i) => Math.sin(3 * i + 5 * step + sizeOf(path)));

const parametersOf = () =>
  new Map<string, Variable>(
    PATHS.map((path) => [path, parameter(SHAPES[path], () => tensor(wave(path, 0), SHAPES[path]))]),
  );
const goTo = (parameters: Map<string, Variable>, step: number) =>
  tidy(() => {
    for (const path of PATHS) parameters.get(path)!.assign(tensor(wave(path, step), SHAPES[path]));
  });
function updated(ema: EmaWeights, parameters: Map<string, Variable>, from: number, to: number) {
  for (let step = from; step <= to; step++) {
    goTo(parameters, step);
    ema.update();
  }
}

/** In float64. */
const wanted = (path: Path, steps: number, decayOf: (n: number) => number) =>
  wave(path, 0).map((first, i) => {
    let average = first;
    for (let n = 0; n < steps; n++) {
      average = decayOf(n) * average + (1 - decayOf(n)) * wave(path, n + 1)[i]!;
    }
    return average;
  });

test.each([0, 0.3, 0.9])("averages weights, decay %d", async (decay) => {
  const parameters = parametersOf();
  const ema = new EmaWeights({ parameters, decay });
  for (const path of PATHS) await expectClose(ema.state().get(path)!, wave(path, 0));
  updated(ema, parameters, 1, 5);
  expect(ema.updates).toBe(5);
  for (const path of PATHS) {
    await expectClose(
      ema.state().get(path)!,
      wanted(path, 5, () => decay),
    );
    await expectClose(parameters.get(path)!, wave(path, 5));
  }
});

test("a warm-up forgets the first weights sooner", async () => {
  const parameters = parametersOf();
  const ema = new EmaWeights({ parameters, decay: 0.25, warmup: true });
  updated(ema, parameters, 1, 6);
  const decayOf = (n: number) => Math.min(0.25, (1 + n) / (10 + n));
  for (const path of PATHS) await expectClose(ema.state().get(path)!, wanted(path, 6, decayOf));
});

test("lends the averages to the model, and takes them back whatever happens", async () => {
  const parameters = parametersOf();
  const ema = new EmaWeights({ parameters, decay: 0.5 });
  updated(ema, parameters, 1, 1);
  const averages = wanted("bias", 1, () => 0.5);
  const bias = parameters.get("bias")!;
  const own = async () => {
    for (const path of PATHS) {
      await expectClose(parameters.get(path)!, Float32Array.from(wave(path, 1)), EXACT);
    }
    await expectClose(ema.state().get("bias")!, averages);
  };
  await expectNoLeak(async () => {
    expect(ema.using(() => bias.dataSync()[0])).toBeCloseTo(averages[0]!, 6);
    await own();
    expect(() =>
      ema.using(() => {
        throw new Error("data: expected more, got none");
      }),
    ).toThrow("data: expected more, got none");
    await own();
    tidy(() => ema.using(() => bias.assign(zeros([3]))));
    await own();
    // The tidy around ends before the body does.
    const lent: Promise<void>[] = [];
    const evaluate = async () => {
      await Promise.resolve();
      await expectClose(bias, averages);
    };
    tidy(() => {
      lent.push(ema.using(evaluate));
    });
    await Promise.all(lent);
    await own();
    const failing = ema.using(() => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    await own();
  });
});

test("is not changed while it is in use", () => {
  const parameters = parametersOf();
  const ema = new EmaWeights({ parameters });
  ema.using(() => {
    for (const [name, call] of Object.entries({
      update: () => ema.update(),
      using: () => ema.using(() => 0),
      loadState: () => ema.loadState(ema.state(), 1),
    })) {
      expect(call).toThrow(`${name}: expected averages that are not in use, got some that are`);
    }
  });
  ema.update();
});

test("a run that is resumed goes on bit for bit", async () => {
  const [whole, parts] = [parametersOf(), parametersOf()];
  const settings = { decay: 0.9, warmup: true };
  const all = new EmaWeights({ parameters: whole, ...settings });
  updated(all, whole, 1, 5);
  const before = new EmaWeights({ parameters: parts, ...settings });
  updated(before, parts, 1, 2);
  const after = new EmaWeights({ parameters: parts, ...settings });
  after.loadState(before.state(), before.updates);
  before.dispose();
  updated(after, parts, 3, 5);
  for (const path of PATHS) {
    await expectClose(after.state().get(path)!, all.state().get(path)!, EXACT);
  }
});

test("a refused state changes nothing", async () => {
  const ema = new EmaWeights({ parameters: parametersOf() });
  const misshaped = new Map(ema.state()).set("bias", zeros([4]));
  const unknown = new Map(ema.state()).set("gain", zeros([3]));
  const other = new Map<string, Tensor>(PATHS.map((path) => [path, ones(SHAPES[path])]));
  await expectNoLeak(() => {
    expect(() => ema.loadState(misshaped, 1)).toThrow(
      new ShapeError("bias: expected [3], got [4]"),
    );
    expect(() => ema.loadState(unknown, 1)).toThrow(
      new RangeError("state: expected the averages of the parameters, got gain"),
    );
    expect(() => ema.loadState(other, 0.5)).toThrow(
      new RangeError("updates: expected a whole number from 0, got 0.5"),
    );
  });
  for (const path of PATHS) await expectClose(ema.state().get(path)!, wave(path, 0));
  expect(ema.updates).toBe(0);
});

test("refuses settings that make no sense, and leaves nothing behind", async () => {
  const parameters = parametersOf();
  const whole = new Map([["ids", tidy(() => parameter([2], () => zeros([2], "int32")))]]);
  await expectNoLeak(() => {
    for (const decay of [1, -0.1, Number.NaN]) {
      expect(() => new EmaWeights({ parameters, decay })).toThrow(
        new RangeError(`decay: expected a number in [0, 1), got ${decay}`),
      );
    }
    expect(() => new EmaWeights({ parameters: new Map() })).toThrow(
      new RangeError("parameters: expected at least one, got none"),
    );
    expect(() => new EmaWeights({ parameters: whole })).toThrow(
      new RangeError("ids: expected float32, got int32"),
    );
  });
});

test("updates take no more room, and a disposed one leaves nothing", async () => {
  const parameters = parametersOf();
  await expectNoLeak(() => {
    const ema = new EmaWeights({ parameters });
    ema.update();
    const { numBytes } = memory();
    for (let n = 0; n < 20; n++) ema.update();
    expect(memory().numBytes).toBe(numBytes);
    ema.dispose();
    ema.dispose();
  });
});
