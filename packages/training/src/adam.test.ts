import { clone, memory, scalar, type Tensor, tensor, type Variable } from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { Adam, type AdamOptions, AdamW } from "./index";

const SHAPES = { "part.kernel": [2, 3], "part.bias": [3], "embedding.table": [4, 2] };
type Path = keyof typeof SHAPES;
const PATHS = Object.keys(SHAPES) as Path[];
const RATES = [0.1, 0.05, 0.2, 0.01];
const EXACT = { rtol: 0, atol: 0 };

const sizeOf = (path: Path) => SHAPES[path].reduce((size, n) => size * n, 1);
const wave = (path: Path, phase: number) =>
  Array.from({ length: sizeOf(path) }, (_, i) => Math.sin(3 * i + phase + path.length));
const gradientOf = (path: Path, step: number) => wave(path, 5 * step).map((x) => 0.7 * x);

const parametersOf = () =>
  new Map<string, Variable>(
    PATHS.map((path) => [path, parameter(SHAPES[path], () => tensor(wave(path, 0), SHAPES[path]))]),
  );
const gradientsOf = (step: number, paths = PATHS) =>
  new Map<string, Tensor>(
    paths.map((path) => [path, tensor(gradientOf(path, step), SHAPES[path])]),
  );

interface Settings {
  beta1?: number;
  beta2?: number;
  eps?: number;
  decay?: number;
  decoupled?: boolean;
  scale?: number;
}

/** Algorithm 1 of Adam, and 2 of AdamW, number by number in float64. */
function wanted(path: Path, settings: Settings = {}): number[] {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0, decoupled = true } = settings;
  return wave(path, 0).map((first, i) => {
    let [x, m, v] = [first, 0, 0];
    for (const [step, rate] of RATES.entries()) {
      const g = (settings.scale ?? 1) * gradientOf(path, step)[i]! + (decoupled ? 0 : decay * x);
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const direction =
        m / (1 - beta1 ** (step + 1)) / (Math.sqrt(v / (1 - beta2 ** (step + 1))) + eps);
      x -= rate * (direction + (decoupled ? decay * x : 0));
    }
    return x;
  });
}

/** The parameters after a step for each rate. */
function run(
  make: (options: AdamOptions) => Adam | AdamW,
  options: Partial<AdamOptions> = {},
  scale?: number,
): Map<string, Variable> {
  const parameters = parametersOf();
  const optimizer = make({ parameters, ...options });
  for (const [step, rate] of RATES.entries()) {
    optimizer.step(gradientsOf(step), rate, scale === undefined ? undefined : scalar(scale));
  }
  expect(optimizer.steps).toBe(RATES.length);
  return parameters;
}

const adam = (options: AdamOptions) => new Adam(options);
const adamW = (options: AdamOptions) => new AdamW(options);

async function expectWanted(
  parameters: Map<string, Variable>,
  settings: (path: Path) => Settings,
): Promise<void> {
  for (const path of PATHS) {
    await expectClose(parameters.get(path)!, wanted(path, settings(path)), { atol: 2e-6 });
  }
}

test("Adam is its algorithm, without decay by default", async () => {
  await expectWanted(run(adam), () => ({}));
});

test("AdamW shrinks kernels by 0.01 by default, but no biases and no tables", async () => {
  await expectWanted(run(adamW), (path) => ({ decay: path === "part.kernel" ? 0.01 : 0 }));
});

test("Adam adds its decay to the gradient, AdamW keeps it apart", async () => {
  const decayOf = (path: Path) => (path === "part.kernel" ? 0.3 : 0);
  const options = { weightDecay: 0.3 };
  await expectWanted(run(adam, options), (path) => ({ decay: decayOf(path), decoupled: false }));
  await expectWanted(run(adamW, options), (path) => ({ decay: decayOf(path) }));
});

test("a predicate of one's own says what decays, by path and parameter", async () => {
  const asked = new Set<string>();
  const decays = (path: string, { shape }: Variable) => {
    asked.add(`${path} ${shape}`);
    return path !== "part.kernel";
  };
  const parameters = run(adamW, { weightDecay: 0.2, decays });
  await expectWanted(parameters, (path) => ({ decay: path === "part.kernel" ? 0 : 0.2 }));
  expect([...asked]).toEqual(["part.kernel 2,3", "part.bias 3", "embedding.table 4,2"]);
});

test("betas and eps are honoured", async () => {
  const options = { beta1: 0.5, beta2: 0.8, eps: 0.1 };
  await expectWanted(run(adam, options), () => options);
  await expectWanted(run(adamW, { ...options, weightDecay: 0 }), () => options);
  const still = { beta1: 0, beta2: 0 };
  await expectWanted(run(adam, still), () => still);
});

test("a gradient scale multiplies every gradient first, and not the decay", async () => {
  const options = { weightDecay: 0.3, decays: () => true, eps: 0.1 };
  const settings = { decay: 0.3, scale: 0.25, eps: 0.1 };
  await expectWanted(run(adam, options, 0.25), () => ({ ...settings, decoupled: false }));
  await expectWanted(run(adamW, options, 0.25), () => settings);
});

test("a parameter without a gradient stays as it is", async () => {
  const parameters = parametersOf();
  const optimizer = new AdamW({ parameters, weightDecay: 0.5 });
  optimizer.step(gradientsOf(0, ["part.bias"]), 0.1);
  await expectClose(parameters.get("part.kernel")!, wave("part.kernel", 0));
  await expectClose(optimizer.state().get("part.kernel.firstMoment")!, Array(6).fill(0));
  await expect(expectClose(parameters.get("part.bias")!, wave("part.bias", 0))).rejects.toThrow(
    "3 of 3 entries are off",
  );
});

test("gradients stay as they were, and the caller's", async () => {
  const gradients = gradientsOf(0);
  new Adam({ parameters: parametersOf(), weightDecay: 0.1 }).step(gradients, 0.1, scalar(0.5));
  for (const path of PATHS) {
    await expectClose(gradients.get(path)!, Float32Array.from(gradientOf(path, 0)), EXACT);
  }
});

test("refuses settings that make no sense, and leaves nothing behind", async () => {
  const parameters = parametersOf();
  const refused = (options: Partial<AdamOptions>, message: string) => {
    expect(() => new Adam({ parameters, ...options })).toThrow(new RangeError(message));
    expect(() => new AdamW({ parameters, ...options })).toThrow(new RangeError(message));
  };
  await expectNoLeak(() => {
    refused({ beta1: 1 }, "beta1: expected a number in [0, 1), got 1");
    refused({ beta2: -0.1 }, "beta2: expected a number in [0, 1), got -0.1");
    refused({ eps: -1 }, "eps: expected a number from 0, got -1");
    refused({ weightDecay: Number.NaN }, "weightDecay: expected a number from 0, got NaN");
  });
});

test("what somebody else holds of parameters and moments never changes", async () => {
  for (const make of [adam, adamW]) {
    const parameters = parametersOf();
    const optimizer = make({ parameters, weightDecay: 0.1 });
    const other = new Map<string, Variable>(
      PATHS.map((path) => [path, parameter(SHAPES[path], () => clone(parameters.get(path)!))]),
    );
    optimizer.step(gradientsOf(0), 0.1);
    const live = [...parameters.values(), ...optimizer.state().values()];
    const held = live.map((tensor) => clone(tensor));
    const before = await Promise.all(live.map((tensor) => tensor.data()));
    optimizer.step(gradientsOf(1), 0.1);
    for (const [i, tensor] of held.entries()) {
      await expectClose(tensor, before[i]!, EXACT);
      expect(await live[i]!.data()).not.toEqual(before[i]);
    }
    for (const path of PATHS) {
      await expectClose(other.get(path)!, Float32Array.from(wave(path, 0)), EXACT);
    }
  }
});

test("two optimizers go apart from one state that they share", async () => {
  const [first, second] = [parametersOf(), parametersOf()];
  const [one, two] = [adamW({ parameters: first }), adamW({ parameters: second })];
  one.step(gradientsOf(0), 0.1);
  two.loadState(one.state(), one.steps);
  for (const path of PATHS) second.get(path)!.assign(first.get(path)!);
  const before = await Promise.all(
    [...second.values(), ...two.state().values()].map((x) => x.data()),
  );
  one.step(gradientsOf(1), 0.1);
  for (const [i, tensor] of [...second.values(), ...two.state().values()].entries()) {
    await expectClose(tensor, before[i]!, EXACT);
  }
  two.step(gradientsOf(1), 0.1);
  for (const path of PATHS) await expectClose(second.get(path)!, first.get(path)!, EXACT);
});

test("a hundred steps take no more tensors or bytes than one", async () => {
  const parameters = parametersOf();
  const [gradients, scale] = [gradientsOf(0), scalar(0.5)];
  for (const make of [adam, adamW]) {
    const optimizer = make({ parameters, weightDecay: 0.1 });
    optimizer.step(gradients, 0.01, scale);
    const { numBytes } = memory();
    await expectNoLeak(() => {
      for (let step = 0; step < 100; step++) optimizer.step(gradients, 0.01, scale);
    });
    expect(memory().numBytes).toBe(numBytes);
  }
});

test("steps leave nothing behind, nor does a disposed optimizer", async () => {
  const parameters = parametersOf();
  const [gradients, scale] = [gradientsOf(0), scalar(0.5)];
  await expectNoLeak(() => {
    for (const make of [adam, adamW]) {
      const optimizer = make({ parameters, weightDecay: 0.1 });
      optimizer.step(gradients, 0.1);
      optimizer.step(gradients, 0.1, scale);
      optimizer.dispose();
      optimizer.dispose();
    }
  });
});
