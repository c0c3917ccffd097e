import {
  add,
  backend,
  clone,
  engine,
  keep,
  memory,
  reshape,
  type Scalar,
  sum,
  tensor,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ones } from "./initializers";
import { Linear } from "./linear";
import { parameter } from "./parameter";
import { loadState, stateOf } from "./state";
import { lacksValues, withoutValues } from "./without-values";

const none = /variable: expected values, got none/;
const expectNoTensor = async (body: () => unknown) => {
  const { numTensors } = memory();
  await body();
  expect(memory().numTensors).toBe(numTensors);
};
const unused = () => {
  throw new Error("not to be called");
};

test("a variable of any size takes no memory, and its initialiser does not run", () => {
  const data = backend().numDataIds();
  const huge = withoutValues(() => parameter([2 ** 20, 2 ** 12], unused));
  expect([huge.shape, huge.dtype, huge.trainable]).toEqual([[2 ** 20, 2 ** 12], "float32", true]);
  expect(huge.size).toBe(2 ** 32);
  expect(backend().numDataIds()).toBe(data);
  huge.dispose();
});

test("only for as long as it runs, within itself too, and after what throws", async () => {
  const nested = withoutValues(() => [withoutValues(() => parameter([2], unused))].flat());
  expect(() =>
    withoutValues(() => {
      throw new Error("no model today");
    }),
  ).toThrow("no model today");
  const made = parameter([2], ones);
  await expectClose(made, [1, 1]);
  for (const variable of [...nested, made]) variable.dispose();
});

test("one that is not trained stays so", () => {
  const made = withoutValues(() => parameter([2], unused, { trainable: false }));
  expect(made.trainable).toBe(false);
  made.dispose();
});

test("tensors, bytes and data are counted in and out", () =>
  expectNoLeak(() => {
    const { numBytes, numDataBuffers } = memory();
    const variables = Object.keys(engine().registeredVariables).length;
    const made = tidy(() => withoutValues(() => parameter([3, 5], unused)));
    expect([made.isDisposed, memory().numBytes - numBytes]).toEqual([false, 60]);
    made.dispose();
    made.dispose();
    expect(memory()).toMatchObject({ numBytes, numDataBuffers });
    expect(Object.keys(engine().registeredVariables)).toHaveLength(variables);
  }));

describe("before values are assigned", () => {
  // Data in the backend are not counted here: tfjs's kernels lose what they had begun.
  test("whatever reads them refuses and leaves no tensor behind", () =>
    expectNoTensor(async () => {
      const made = withoutValues(() => parameter([2, 3], unused));
      expect(() => made.dataSync()).toThrow(none);
      await expect(made.data()).rejects.toThrow(none);
      for (const run of [() => clone(made), () => reshape(made, [6]), () => add(made, 1)]) {
        expect(() => tidy(run)).toThrow(none);
      }
      expect(lacksValues(made)).toBe(true);
      made.dispose();
    }));

  test("a layer made of it refuses to run", () =>
    expectNoTensor(() => {
      const layer = withoutValues(() => new Linear(3, 2, { init: unused }));
      const x = tensor([1, 2, 3], [1, 3]);
      expect(() => tidy(() => layer.forward(x))).toThrow(none);
      x.dispose();
      layer.dispose();
    }));

  test("it is no state for another module", () =>
    expectNoLeak(() => {
      const [from, to] = [0, 1].map(() => withoutValues(() => new Linear(1, 2, { init: unused })));
      expect(() => loadState(to!, stateOf(from!))).toThrow(
        "state: expected the module's own parameters, got kernel without values; bias without values",
      );
      from!.dispose();
      to!.dispose();
    }));
});

test("assigned values are there, trained and freed as any", () =>
  expectNoLeak(async () => {
    const layer = withoutValues(() => new Linear(3, 2, { init: unused }));
    const state = new Map([
      ["kernel", tensor([1, 2, 3, 4, 5, 6], [3, 2])],
      ["bias", tensor([7, 8])],
    ]);
    loadState(layer, state);
    for (const given of state.values()) given.dispose();
    expect(lacksValues(layer.kernel)).toBe(false);
    await expectClose(layer.kernel, [1, 2, 3, 4, 5, 6]);
    const x = keep(tensor([1, 2, 3], [1, 3]));
    const { value, grads } = variableGrads(
      () => sum(layer.forward(x)) as Scalar,
      [layer.kernel, layer.bias!],
    );
    await expectClose(grads[layer.kernel.name]!, [1, 1, 2, 2, 3, 3]);
    for (const made of [x, value, ...Object.values(grads)]) made.dispose();
    layer.dispose();
  }));
