import {
  type Tensor,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  type Variable,
  variable,
} from "@tensorflow/tfjs-core";
import { Module, ones, parameter, Rng } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { AdamW, decodeRun, encodeRun, restoreRun, TrainLoop } from "./index";
import { TinyGpt, tinyTokens } from "./testing/tiny-gpt";

const STEPS = 9;
const schedule = Object.assign((step: number) => 0.05 / (1 + step / 3), { firstStep: 1 });

/** A run with dropout, AdamW, a schedule, and batches in a shuffled order. */
function runOf(seed = 3) {
  const model = new TinyGpt({ layers: 1, dropout: 0.2, seed }).train();
  const optimizer = new AdamW({ parameters: model.parameters() });
  const shuffling = new Rng(seed + 1);
  let order: number[] = [];
  const losses: number[] = [];
  const loop = new TrainLoop({
    ...{ model, optimizer, schedule, maxNorm: 0.5, loss: model.loss },
    onStep: ({ loss }) => losses.push(loss),
  });
  const train = async (steps: number) => {
    for (let n = 0; n < steps; n++) {
      if (order.length === 0) order = shuffled([0, 1, 2, 3], shuffling);
      const tokens = tinyTokens(order.shift());
      await loop.step(tokens);
      tokens.dispose();
    }
    await loop.settle();
  };
  const state = () => ({
    ...{ model, optimizer, random: { dropout: model.rng, shuffling } },
    cursor: { order },
  });
  const goOn = (cursor: unknown) => {
    ({ order } = structuredClone(cursor) as { order: number[] });
  };
  const dispose = () => {
    optimizer.dispose();
    model.dispose();
  };
  return { train, losses, state, goOn, dispose, model, optimizer };
}

function shuffled(numbers: number[], rng: Rng): number[] {
  for (let n = numbers.length - 1; n > 0; n--) {
    const other = rng.integer(n + 1);
    [numbers[n], numbers[other]] = [numbers[other]!, numbers[n]!];
  }
  return numbers;
}

test("losses after resuming are bit for bit those of a run that went on", async () => {
  const whole = runOf();
  await whole.train(STEPS);
  for (const stop of [0, 3, 6]) {
    const first = runOf();
    await first.train(stop);
    const bytes = await encodeRun(first.state());
    first.dispose();
    // Other weights and another place: all of it must come from the file.
    const second = runOf(8);
    await second.train(1);
    second.losses.length = 0;
    const saved = decodeRun(bytes);
    expect(restoreRun(saved, second.state()).size).toBe(0);
    second.goOn(saved.cursor);
    expect(second.optimizer.steps).toBe(stop);
    await second.train(STEPS - stop);
    expect(second.losses).toEqual(whole.losses.slice(stop));
    for (const [path, variable] of whole.model.parameters()) {
      const other = second.model.parameters().get(path) as Variable;
      await expectClose(other, variable, { rtol: 0, atol: 0 });
    }
  }
});

test("it is the run of the moment of the call, though training goes on", async () => {
  const run = runOf();
  await run.train(1);
  const wanted = await encodeRun(run.state());
  const promise = encodeRun(run.state());
  const training = run.train(2);
  expect(await promise).toEqual(wanted);
  await training;
});

test("tensors besides, config and cursor come back as they were", async () => {
  const { model, optimizer, dispose } = runOf();
  const tensors = new Map<string, Tensor>([
    ["memory.0", tensor3d([-0, 1e-40, Number.NaN, Number.NEGATIVE_INFINITY], [2, 1, 2])],
    ["seen", tensor2d([[1, -7, 3]], undefined, "int32")],
    ["none", tensor1d([])],
  ]);
  const cursor = { epoch: 2, files: ["a", "ü"], at: [null, true, 0.1] };
  const bytes = await encodeRun({ model, optimizer, tensors, cursor, config: [3] });
  const saved = decodeRun(bytes);
  expect([saved.cursor, saved.config, saved.random]).toEqual([cursor, [3], {}]);
  await expectNoLeak(async () => {
    const again = restoreRun(saved, { model, optimizer });
    expect([...again.keys()]).toEqual([...tensors.keys()]);
    for (const [name, tensor] of tensors) {
      const other = again.get(name)!;
      expect([other.shape, other.dtype]).toEqual([tensor.shape, tensor.dtype]);
      expect([...(await other.data())]).toEqual([...(await tensor.data())]);
      other.dispose();
    }
  });
  const plain = decodeRun(await encodeRun({ model, optimizer }));
  expect([plain.cursor, plain.config, plain.tensors.size]).toEqual([undefined, undefined, 0]);
  dispose();
});

test("the same run gives the same bytes, and nothing is left behind", async () => {
  const { state, train, dispose } = runOf();
  await train(1);
  await expectNoLeak(async () => {
    const bytes = await encodeRun(state());
    restoreRun(decodeRun(bytes), state());
    expect(await encodeRun(state())).toEqual(bytes);
  });
  dispose();
});

test("refuses what would not come back as it was", async () => {
  const run = runOf().state();
  const flags = new Map([["flags", tensor1d([true], "bool")]]);
  await expectNoLeak(async () => {
    await expect(encodeRun({ ...run, tensors: flags })).rejects.toThrow(
      new RangeError("tensors.flags: expected float32 or int32, got bool"),
    );
    await expect(encodeRun({ ...run, cursor: { at: [1, Number.NaN] } })).rejects.toThrow(
      new RangeError("run.cursor.at[1]: expected plain JSON, got NaN"),
    );
  });
});

test("variables that are not trained are in the run, and come back", async () => {
  class Counting extends Module {
    readonly weight: Variable = parameter([2], ones);
    readonly seen: Variable = tidy(() => variable(tensor1d([3, 4]), false));
  }
  const [one, other] = [new Counting(), new Counting()];
  const runOf = (model: Counting) => ({
    model,
    optimizer: new AdamW({ parameters: model.parameters() }),
  });
  tidy(() => one.seen.assign(tensor1d([5, 6])));
  restoreRun(decodeRun(await encodeRun(runOf(one)), "run"), runOf(other));
  await expectClose(other.seen, [5, 6]);
});
