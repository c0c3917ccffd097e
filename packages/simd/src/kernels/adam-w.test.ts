import {
  clone,
  engine,
  ones,
  randomUniform,
  type Scalar,
  scalar,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from "@tensorflow/tfjs-core";
import { type AdamWUpdateOptions, adamWUpdate } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import type { SimdBackend } from "../backend";
import { expectAsOnCpu, expectInBounds } from "../testing/compare";

const EXACT = { rtol: 0, atol: 0 };
const random = (size: number, seed: number) => randomUniform([size], -1, 1, "float32", seed);
const backend = () => engine().backend as SimdBackend;

/** Some updates one after the other; parameter and moments of the last. */
function updates(size: number, options: Partial<AdamWUpdateOptions>, scale?: number): Tensor[] {
  const parameter = random(size, 1);
  let state = { parameter, firstMoment: zeros([size]), secondMoment: zeros([size]) };
  for (let step = 1; step <= 3; step++) {
    const gradient = random(size, step + 1);
    const gradientScale = scale === undefined ? undefined : scalar(scale);
    const next = adamWUpdate(
      { ...state, gradient, gradientScale },
      { rate: 0.1 / step, step, ...options },
    );
    state = next as typeof state;
  }
  return [state.parameter, state.firstMoment, state.secondMoment];
}

describe.each([false, true])("overwrite %s", (overwrite) => {
  test.each([0, 1, 2, 3, 4, 5, 67, 4095, 4096, 4097, 10_001])("%d numbers", (size) =>
    expectAsOnCpu(() => updates(size, { overwrite, weightDecay: 0.1 }, 0.5)),
  );

  test("without decay, without a scale, with other settings", async () => {
    await expectAsOnCpu(() => updates(13, { overwrite }));
    const settings = { beta1: 0, beta2: 0.5, eps: 0.1, weightDecay: 0.3 };
    await expectAsOnCpu(() => updates(13, { overwrite, ...settings }, -2));
  });

  test("what is no number", () =>
    expectAsOnCpu(() => {
      const odd = [NaN, Infinity, -Infinity, 0, -0, 1e-45, 3e38];
      const [parameter, gradient] = [
        tensor([...odd, ...odd]),
        tensor([...odd, 1, 1, 1, 1, 1, 1, 1]),
      ];
      const moments = { firstMoment: zeros([14]), secondMoment: zeros([14]) };
      const options = { rate: 0.1, step: 1, weightDecay: 0.1, overwrite };
      return Object.values(adamWUpdate({ parameter, gradient, ...moments }, options));
    }));

  test("stays within its memory", () =>
    expectInBounds(() => updates(7, { overwrite, weightDecay: 0.1 }, 0.5)));
});

describe("in place", () => {
  const made = (size: number, seed: number): Variable => tidy(() => variable(random(size, seed)));
  const state = (size = 11) => ({
    parameter: made(size, 1),
    firstMoment: made(size, 2),
    secondMoment: tidy(() => variable(zeros([size]))),
  });
  const options = { rate: 0.1, step: 1, overwrite: true };
  type State = ReturnType<typeof state>;
  const names = ["parameter", "firstMoment", "secondMoment"] as const;
  const addressesOf = (variables: State) =>
    names.map((name) => backend().addressOf(variables[name]));

  function update(variables: State, gradient: Tensor, gradientScale?: Scalar): void {
    const next = adamWUpdate({ ...variables, gradient, gradientScale }, options);
    for (const name of names) {
      variables[name].assign(next[name]);
      next[name].dispose();
    }
  }

  test("where the variables alone hold their data: same place, right numbers", async () => {
    const [variables, other] = [state(), state()];
    const gradient = random(11, 5);
    const addresses = addressesOf(variables);
    update(variables, gradient);
    expect(addressesOf(variables)).toEqual(addresses);
    const wanted = adamWUpdate({ ...other, gradient }, { ...options, overwrite: false });
    for (const name of names) await expectClose(variables[name], wanted[name], EXACT);
    for (const name of names) expect(backend().refCount(variables[name].dataId)).toBe(1);
  });

  test("what a clone holds stays as it was; the rest is in place all the same", async () => {
    const variables = state();
    const held = clone(variables.parameter);
    const before = await held.data();
    const addresses = addressesOf(variables);
    update(variables, random(11, 5));
    expect(await held.data()).toEqual(before);
    expect(await variables.parameter.data()).not.toEqual(before);
    const [parameter, ...moments] = addressesOf(variables);
    expect(parameter).not.toBe(addresses[0]);
    expect(moments).toEqual(addresses.slice(1));
    // From here on the variable is alone again.
    update(variables, random(11, 6));
    expect(addressesOf(variables)[0]).toBe(parameter);
    expect(await held.data()).toEqual(before);
  });

  test("one tensor given twice is not overwritten", async () => {
    const [parameter, moments] = [made(5, 1), tidy(() => variable(ones([5])))];
    const [before, moment] = [await parameter.data(), await moments.data()];
    const twice = { parameter, gradient: parameter, firstMoment: moments, secondMoment: moments };
    const next = adamWUpdate(twice, options);
    expect(await parameter.data()).toEqual(before);
    expect(await moments.data()).toEqual(moment);
    const wanted = adamWUpdate(twice, { ...options, overwrite: false });
    for (const name of names) await expectClose(next[name], wanted[name], EXACT);
  });

  test("gradient and scale are never written to", async () => {
    const variables = state();
    const [gradient, scale] = [random(11, 5), scalar(0.5)];
    const before = await gradient.data();
    update(variables, gradient, scale);
    expect(await gradient.data()).toEqual(before);
    expect([...(await scale.data())]).toEqual([0.5]);
  });

  test("a hundred updates leave nothing, neither tensors nor memory", async () => {
    const variables = state(5000);
    const gradient = random(5000, 5);
    update(variables, gradient);
    const { bytesInUse } = backend().heap;
    await expectNoLeak(() => {
      for (let n = 0; n < 100; n++) update(variables, gradient);
    });
    expect(backend().heap.bytesInUse).toBe(bytesInUse);
  });

  test("without room for a new tensor nothing is changed and nothing left", async () => {
    const variables = state();
    const held = clone(variables.secondMoment);
    const gradient = random(11, 5);
    addressesOf(variables);
    backend().addressOf(gradient);
    const before = await Promise.all(names.map((name) => variables[name].data()));
    const { heap } = backend();
    const allocate = heap.allocate.bind(heap);
    heap.allocate = () => {
      throw new RangeError("memory: expected room, got none");
    };
    try {
      await expectNoLeak(() => {
        expect(() => update(variables, gradient)).toThrow("memory: expected room, got none");
      });
    } finally {
      heap.allocate = allocate;
    }
    const after = await Promise.all(names.map((name) => variables[name].data()));
    expect(after).toEqual(before);
    held.dispose();
  });
});
