import {
  clone,
  memory,
  type Tensor,
  tensor,
  tidy,
  variable,
  zeros as zeroTensor,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { Embedding } from "./embedding";
import { constant } from "./initializers";
import { Linear } from "./linear";
import { Module } from "./module";
import { loadState, stateOf } from "./state";

class Model extends Module {
  readonly embedding: Embedding;
  readonly output: Linear;

  constructor(value: number) {
    super();
    const init = constant(value);
    this.embedding = new Embedding(2, 3, { init });
    this.output = new Linear(3, 2, { init });
  }
}

const paths = ["embedding.table", "output.kernel", "output.bias"];

const state = (): Map<string, Tensor> =>
  new Map([
    ["embedding.table", tensor([1, 2, 3, 4, 5, 6], [2, 3])],
    ["output.kernel", tensor([6, 5, 4, 3, 2, 1], [3, 2])],
    ["output.bias", tensor([7, 8])],
  ]);

async function expectState(model: Model, wanted: ReadonlyMap<string, Tensor>): Promise<void> {
  for (const [path, variable] of stateOf(model)) await expectClose(variable, wanted.get(path)!);
}

test("stateOf is the live variables by path", () => {
  const model = new Model(1);
  expect([...stateOf(model).keys()]).toEqual(paths);
  expect(stateOf(model).get("output.kernel")).toBe(model.output.kernel);
});

test("what is not trained is state too, and is set with the rest", async () => {
  class Counting extends Module {
    readonly count = tidy(() => variable(zeroTensor([2]), false));
    readonly output = new Linear(1, 1, { init: constant(3), bias: false });
  }
  const counting = new Counting();
  expect([...stateOf(counting).keys()]).toEqual(["count", "output.kernel"]);
  const given = new Map([
    ["count", tensor([4, 5])],
    ["output.kernel", tensor([6], [1, 1])],
  ]);
  loadState(counting, given);
  await expectClose(counting.count, [4, 5]);
  given.delete("count");
  expect(() => loadState(counting, given)).toThrow("none at count");
});

describe("loadState", () => {
  test("takes over the values, in whatever order, and leaves the state its owner's", async () => {
    const model = new Model(9);
    const before = [...stateOf(model).values()];
    const given = new Map([...state()].reverse());
    const { numTensors } = memory();
    loadState(model, given);
    expect(memory().numTensors).toBe(numTensors);
    await expectState(model, given);
    expect([...stateOf(model).values()]).toEqual(before);
    for (const tensor of given.values()) tensor.dispose();
    await expectState(model, state());
    model.output.bias!.assign(tensor([0, 0]));
    await expectClose(model.output.bias!, [0, 0]);
  });

  test("a change of the model does not reach the state", async () => {
    const [model, given] = [new Model(9), state()];
    loadState(model, given);
    model.output.bias!.assign(tensor([0, 0]));
    await expectClose(given.get("output.bias")!, [7, 8]);
  });

  test("from another model, which stays its own", async () => {
    const [model, other] = [new Model(1), new Model(2)];
    loadState(model, stateOf(other));
    await expectState(model, stateOf(new Model(2)));
    other.dispose();
    await expectState(model, stateOf(new Model(2)));
  });

  test("from the model itself changes nothing", async () => {
    const model = new Model(1);
    loadState(model, state());
    await expectNoLeak(() => loadState(model, stateOf(model)));
    await expectState(model, state());
  });

  test("from the model's own variables under each other's paths", async () => {
    class Two extends Module {
      readonly a = new Embedding(2, 3, { init: constant(1) });
      readonly b = new Embedding(2, 3, { init: constant(2) });
    }
    const two = new Two();
    loadState(
      two,
      new Map([
        ["a.table", two.b.table],
        ["b.table", two.a.table],
      ]),
    );
    await expectClose(two.a.table, Array(6).fill(2));
    await expectClose(two.b.table, Array(6).fill(1));
  });

  test("a tied weight goes by its first path alone", async () => {
    const model = new Model(1);
    const tied = Object.assign(new (class extends Module {})(), {
      first: model.output,
      second: model.output,
    });
    const kernel = tensor([6, 5, 4, 3, 2, 1], [3, 2]);
    loadState(
      tied,
      new Map<string, Tensor>([
        ["first.kernel", kernel],
        ["first.bias", tensor([7, 8])],
      ]),
    );
    await expectClose(model.output.kernel, kernel);
  });
});

describe("loadState refuses, assigns nothing and leaves nothing behind", () => {
  const wrong = (change: (given: Map<string, Tensor>) => void) => {
    const given = state();
    change(given);
    return given;
  };

  test.each<[string, Map<string, Tensor>, string]>([
    ["nothing", new Map(), "none at embedding.table, output.kernel, output.bias"],
    ["one missing", wrong((given) => given.delete("output.bias")), "none at output.bias"],
    [
      "one too many",
      wrong((given) => given.set("output.gain", zeroTensor([2]))),
      "unknown output.gain",
    ],
    [
      "a kernel turned",
      wrong((given) => given.set("output.kernel", zeroTensor([2, 3]))),
      "output.kernel of [2, 3] instead of [3, 2]",
    ],
    [
      "whole numbers",
      wrong((given) => given.set("output.bias", zeroTensor([2], "int32"))),
      "output.bias of int32 instead of float32",
    ],
    [
      "a tensor that is gone",
      wrong((given) => given.get("output.bias")!.dispose()),
      "output.bias already disposed",
    ],
    [
      "everything at once",
      new Map<string, Tensor>([
        ["embedding.table", zeroTensor([3, 2], "int32")],
        ["output.kernel", zeroTensor([])],
        ["a", zeroTensor([1])],
        ["__proto__", zeroTensor([1])],
      ]),
      "none at output.bias; unknown a, __proto__; embedding.table of [3, 2] instead of [2, 3]; " +
        "embedding.table of int32 instead of float32; output.kernel of [] instead of [3, 2]",
    ],
  ])("%s", async (_, given, problems) => {
    const model = new Model(1);
    const message = `state: expected the module's own parameters, got ${problems}`;
    await expectNoLeak(() => {
      expect(() => loadState(model, given)).toThrow(new Error(message));
    });
    await expectState(model, stateOf(new Model(1)));
  });
});

test("numbers survive a round trip through copies", async () => {
  const model = new Model(3);
  const copies = new Map([...stateOf(model)].map(([path, tensor]) => [path, clone(tensor)]));
  loadState(model, state());
  loadState(model, copies);
  await expectState(model, stateOf(new Model(3)));
});
