import {
  add,
  backend,
  mean,
  randomUniform,
  type Scalar,
  square,
  type Tensor,
  tensor,
  tensor1d,
  tidy,
  type Variable,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { Dropout, Linear, Module, normal, Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test, vi } from "vitest";
import { AdamW, type Optimizer, Sgd, TrainLoop } from "./index";

class Net extends Module {
  readonly rng = new Rng(5);
  readonly inner = new Linear(7, 5, { init: normal(0.5, this.rng) });
  readonly dropout = new Dropout(0.3, this.rng);
  readonly outer = new Linear(5, 3, { init: normal(0.5, this.rng) });
  /** Not trained: the pass forward changes it. */
  readonly seen: Variable = tidy(() => variable(zeros([23, 7]), false));

  loss(x: Tensor): Scalar {
    tidy(() => this.seen.assign(add(this.seen, x)));
    return mean(square(this.outer.forward(this.dropout.forward(this.inner.forward(x)))));
  }
}

function made(optimizerOf: (parameters: Map<string, Variable>) => Optimizer) {
  const model = new Net().train();
  const optimizer = optimizerOf(model.parameters());
  const losses: number[] = [];
  const loop = new TrainLoop({
    ...{ model, optimizer, schedule: () => 0.1, maxNorm: 0.5 },
    loss: (x: Tensor) => model.loss(x),
    onStep: ({ loss }) => losses.push(loss),
  });
  const live = () => [...model.parameters().values(), model.seen, ...optimizer.state().values()];
  const numbers = () => Promise.all(live().map(async (x) => [...(await x.data())]));
  return { model, optimizer, loop, losses, numbers };
}

const optimizers: [string, (parameters: Map<string, Variable>) => Optimizer][] = [
  ["AdamW", (parameters) => new AdamW({ parameters })],
  ["Sgd", (parameters) => new Sgd({ parameters, momentum: 0.9 })],
];

test.each(optimizers)(
  "with %s all programs are compiled ahead, and nothing is changed",
  async (_, of) => {
    const [prepared, other] = [made(of), made(of)];
    const { device } = backend() as unknown as {
      device: Record<"createComputePipeline" | "createComputePipelineAsync", () => unknown>;
    };
    const sync = vi.spyOn(device, "createComputePipeline");
    const async = vi.spyOn(device, "createComputePipelineAsync");
    const x = randomUniform([23, 7], -1, 1, "float32", 3);
    const before = await prepared.numbers();
    await expectNoLeak(() => prepared.loop.prepare(x));
    expect(await prepared.numbers()).toEqual(before);
    expect(prepared.optimizer.steps).toBe(0);
    expect(prepared.model.rng.state).toBe(other.model.rng.state);
    expect(prepared.losses).toEqual([]);
    expect(sync).not.toHaveBeenCalled();
    const compiled = async.mock.calls.length;
    for (const { loop } of [prepared, other]) {
      for (let n = 0; n < 3; n++) await loop.step(x);
      await loop.settle();
    }
    expect(sync).not.toHaveBeenCalled();
    expect(async.mock.calls.length).toBe(compiled);
    // Small numbers that are still on the host tfjs leaves to the CPU, which rounds otherwise.
    const near = { rtol: 1e-4, atol: 1e-6 };
    await expectClose(tensor1d(prepared.losses), other.losses, near);
    const wanted = await other.numbers();
    for (const [n, numbers] of (await prepared.numbers()).entries()) {
      await expectClose(tensor1d(numbers), wanted[n]!, near);
    }
    sync.mockRestore();
    async.mockRestore();
    for (const { model, optimizer } of [prepared, other]) {
      model.dispose();
      optimizer.dispose();
    }
    x.dispose();
  },
  // An emulated GPU compiles for seconds.
  180_000,
);

test("an error of the loss leaves all as it was", async () => {
  const { loop, numbers } = made(optimizers[0]![1]);
  const before = await numbers();
  const wrong = tensor([1, 2, 3], [1, 3]);
  await expectNoLeak(() => expect(loop.prepare(wrong)).rejects.toThrow());
  expect(await numbers()).toEqual(before);
});
