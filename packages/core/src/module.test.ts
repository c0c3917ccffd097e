import { type Tensor, tensor1d, tidy, type Variable, variable } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { constant } from "./initializers";
import { Module } from "./module";
import { parameter } from "./parameter";

class Leaf extends Module {
  readonly kernel: Variable;
  readonly bias: Variable | undefined;
  readonly name = "no part";

  constructor(value = 1, bias = true) {
    super();
    this.kernel = parameter([2], constant(value));
    this.bias = bias ? parameter([3], constant(value)) : undefined;
  }
}

class Pair extends Module {
  constructor(
    readonly first: Leaf,
    readonly second: Leaf,
  ) {
    super();
  }
}

/** Blocks in arrays, a tensor that is not trained, and things that are no parts. */
class Tree extends Module {
  readonly table = tensor1d([1, 2, 3]);
  readonly blocks = [new Leaf(), new Pair(new Leaf(), new Leaf(2, false))];
  readonly nested = [[parameter([1], constant(7))], [], [new Leaf(3, false)]];
  readonly options = { rate: 0.5, hidden: { kernel: 3 } };
  readonly nothing = null;
}

/** A child that points back to what holds it. */
class Cycle extends Module {
  readonly leaf = new Leaf();
  readonly self: Module = this;
  readonly all: Module[] = [this, this.leaf];
}

const paths = (module: Module) => [...module.parameters().keys()];

describe("parameters", () => {
  test("by path, in the order of the code, through children and arrays", () => {
    const tree = new Tree();
    expect(paths(tree)).toEqual([
      "blocks.0.kernel",
      "blocks.0.bias",
      "blocks.1.first.kernel",
      "blocks.1.first.bias",
      "blocks.1.second.kernel",
      "nested.0.0",
      "nested.2.0.kernel",
    ]);
    expect(tree.parameters().get("nested.0.0")).toBe(tree.nested[0]![0]);
  });

  test("a module without any has none", () => {
    expect(new (class extends Module {})().parameters()).toEqual(new Map());
  });

  test("a shared child is listed once, at its first path", () => {
    const leaf = new Leaf();
    expect(paths(new Pair(leaf, leaf))).toEqual(["first.kernel", "first.bias"]);
  });

  test("a tied weight is listed once, at its first path", () => {
    const [first, second] = [new Leaf(), new Leaf()];
    Object.assign(second, { kernel: first.kernel });
    const pair = new Pair(first, second);
    expect(paths(pair)).toEqual(["first.kernel", "first.bias", "second.bias"]);
    expect(pair.parameters().get("first.kernel")).toBe(second.kernel);
  });

  test("variables that are not trainable are none", () => {
    class Counting extends Module {
      readonly count = tidy(() => variable(tensor1d([1]), false));
      readonly leaf = new Leaf();
    }
    expect(paths(new Counting())).toEqual(["leaf.kernel", "leaf.bias"]);
  });

  test("parts that point back to what holds them end the walk", () => {
    const cycle = new Cycle();
    expect(paths(cycle)).toEqual(["leaf.kernel", "leaf.bias"]);
    cycle.train();
    expect(cycle.leaf.training).toBe(true);
    cycle.dispose();
    expect(cycle.leaf.kernel.isDisposed).toBe(true);
  });
});

describe("training", () => {
  const flags = (tree: Tree) => {
    const [leaf, pair] = tree.blocks as [Leaf, Pair];
    const nested = tree.nested[2]![0] as Leaf;
    return [tree, leaf, pair, pair.first, pair.second, nested].map(({ training }) => training);
  };

  test("is off at first, and turns on and off for all within", () => {
    const tree = new Tree();
    expect(flags(tree)).toEqual(Array(6).fill(false));
    expect(tree.train()).toBe(tree);
    expect(flags(tree)).toEqual(Array(6).fill(true));
    expect(tree.eval()).toBe(tree);
    expect(flags(tree)).toEqual(Array(6).fill(false));
    tree.train().train(false);
    expect(flags(tree)).toEqual(Array(6).fill(false));
  });

  test("of a child leaves what holds it alone", () => {
    const pair = new Pair(new Leaf(), new Leaf());
    pair.first.train();
    expect([pair.training, pair.first.training, pair.second.training]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("dispose", () => {
  test("frees parameters and buffers of all within, and a second time does nothing", () =>
    expectNoLeak(() => {
      const tree = new Tree();
      tree.dispose();
      expect(tree.table.isDisposed).toBe(true);
      tree.dispose();
    }));

  test("frees a shared child and a tied weight once", () =>
    expectNoLeak(() => {
      const [first, second] = [new Leaf(), new Leaf()];
      second.kernel.dispose();
      Object.assign(second, { kernel: first.kernel });
      new Pair(first, second).dispose();
      const shared = new Leaf();
      new Pair(shared, shared).dispose();
    }));

  test("leaves other modules alone", async () => {
    const [mine, other] = [new Leaf(), new Leaf(5)];
    mine.dispose();
    await expectClose(other.kernel, [5, 5]);
  });
});

describe("instanceof", () => {
  test("knows modules by their class", () => {
    const leaf = new Leaf();
    expect(leaf).toBeInstanceOf(Leaf);
    expect(leaf).toBeInstanceOf(Module);
    expect(leaf).not.toBeInstanceOf(Pair);
    const things: unknown[] = [null, undefined, 1, "module", {}, [], () => 0, tensor1d([1])];
    for (const thing of things) expect(thing instanceof Module).toBe(false);
    expect(({} as unknown) instanceof Leaf).toBe(false);
  });

  test("knows the modules of a second copy of this package, and their parts", async () => {
    // The query makes it another module to the loader, as a second installed copy would be.
    const address = "./module?second-copy";
    const copy = (await import(address)) as { Module: typeof Module };
    expect(copy.Module).not.toBe(Module);
    class Foreign extends copy.Module {
      readonly kernel = parameter([2], constant(1));
    }
    const foreign = new Foreign();
    expect(foreign).toBeInstanceOf(Module);
    expect(new Leaf()).toBeInstanceOf(copy.Module);
    expect(foreign).toBeInstanceOf(Foreign);
    expect(foreign).not.toBeInstanceOf(Leaf);
    expect(new Leaf()).not.toBeInstanceOf(Foreign);

    class Host extends Module {
      readonly children = [foreign, new Leaf()];
      readonly buffer: Tensor = tensor1d([1]);
    }
    const host = new Host();
    expect(paths(host)).toEqual(["children.0.kernel", "children.1.kernel", "children.1.bias"]);
    host.train();
    expect(foreign.training).toBe(true);
    host.dispose();
    expect(foreign.kernel.isDisposed).toBe(true);
  });
});
