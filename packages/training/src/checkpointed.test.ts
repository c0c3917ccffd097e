import {
  engine,
  gather,
  grad,
  memory,
  mul,
  profile,
  type Scalar,
  slice,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tanh,
  tensor1d,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { Dropout, parameter, Rng } from "@tx/core";
import { expectClose } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { checkpointed, type ValueAndGradients, valueAndGradients } from "./index";
import { expectNothingLeft } from "./testing/expect-nothing-left";
import { TinyGpt, tinyTokens } from "./testing/tiny-gpt";

const EXACT = { rtol: 0, atol: 0 };
const X = [1, -2, 3];
const P = [0.5, 2, -1];
const Q = [0.25, -1, 1.5];
const vector = (values: number[]): Variable => parameter([values.length], () => tensor1d(values));
const named = (...variables: Variable[]) => new Map(variables.map((v, i) => [`${i}`, v]));

/** No token more than twice: tfjs's webgpu adds up a row's gradients in any order, which shows from three on. */
const fewTokens = (): Tensor2D => tidy(() => slice(tinyTokens(), 0, 2));

function disposeAll({ value, gradients }: ValueAndGradients): void {
  for (const tensor of [value, ...gradients.values()]) tensor.dispose();
}

async function expectSame(got: ValueAndGradients, wanted: ValueAndGradients): Promise<void> {
  await expectClose(got.value, wanted.value, EXACT);
  expect([...got.gradients.keys()]).toEqual([...wanted.gradients.keys()]);
  for (const [path, gradient] of wanted.gradients) {
    await expectClose(got.gradients.get(path)!, gradient, EXACT);
  }
}

test.each([0, 0.2])("a GPT's blocks give the same bit for bit, dropout %d", async (rate) => {
  const [model, other] = [new TinyGpt({ dropout: rate }), new TinyGpt({ dropout: rate })];
  for (const each of [model, other]) each.train();
  other.around = (block) => checkpointed(block, { rng: other.rng });
  const tokens = fewTokens();
  const plain = valueAndGradients(() => model.loss(tokens), model.parameters());
  await expectNothingLeft(async () => {
    const spared = valueAndGradients(() => other.loss(tokens), other.parameters());
    await expectSame(spared, plain);
    disposeAll(spared);
  });
  // The streams are where they are without.
  expect(other.rng.state).toBe(model.rng.state);
});

test("dropout without its stream would drop others", async () => {
  const [model, other] = [new TinyGpt({ dropout: 0.2 }), new TinyGpt({ dropout: 0.2 })];
  for (const each of [model, other]) each.train();
  other.around = (block) => checkpointed(block);
  const tokens = fewTokens();
  const plain = valueAndGradients(() => model.loss(tokens), model.parameters());
  const spared = valueAndGradients(() => other.loss(tokens), other.parameters());
  await expect(expectSame(spared, plain)).rejects.toThrow("are off");
});

test("checkpoints within checkpoints, and several streams", async () => {
  const run = (wrap: boolean) => {
    const [outer, inner] = [new Rng(1), new Rng(2)];
    const [first, second] = [new Dropout(0.3, outer).train(), new Dropout(0.4, inner).train()];
    const [p, q] = [vector(P), vector(Q)];
    const around = (f: (x: Tensor) => Tensor, rng: Rng | Rng[]) =>
      wrap ? checkpointed(f, { rng }) : f;
    const part = around((x) => tanh(mul(second.forward(square(mul(x, q))), q)), inner);
    const whole = around((x) => mul(tanh(first.forward(part(part(x)))), p), [outer, inner]);
    return valueAndGradients(() => sum(whole(whole(mul(p, 2)))) as Scalar, named(p, q));
  };
  await expectSame(run(true), run(false));
});

describe("what f uses", () => {
  const same = async (
    loss: (wrap: <F extends (...x: Tensor[]) => Tensor>(f: F) => F, ...v: Variable[]) => Tensor,
  ) => {
    const [p, q] = [vector(P), vector(Q)];
    const plain = valueAndGradients(() => loss((f) => f, p, q) as Scalar, named(p, q));
    await expectNothingLeft(async () => {
      const wrap = <F extends (...x: Tensor[]) => Tensor>(f: F) => checkpointed(f) as F;
      const spared = valueAndGradients(() => loss(wrap, p, q) as Scalar, named(p, q));
      await expectSame(spared, plain);
      disposeAll(spared);
    });
  };

  test("a variable as an input, from outside, and both", async () => {
    await same((wrap, p) => sum(wrap((x) => square(tanh(x!)))(p)));
    await same((wrap, p) => sum(wrap(() => square(tanh(p)))()));
    await same((wrap, p, q) => sum(wrap((x) => mul(mul(x!, p), q))(p)));
  });

  test("one tensor given twice, and two", async () => {
    await same((wrap, p, q) => {
      const x = mul(p, q);
      return sum(wrap((a, b) => mul(square(a!), b!))(x, x));
    });
    await same((wrap, p, q) => sum(wrap((a, b) => mul(square(a!), b!))(mul(p, 2), mul(q, 3))));
  });

  test("a variable that does not lead to the value has no gradient", async () => {
    await same((wrap, p, q) =>
      sum(
        wrap((x) => {
          square(q);
          return square(x!);
        })(p),
      ),
    );
  });

  test("an input given back, a variable given back, a constant", async () => {
    await same((wrap, p) => sum(square(wrap((x) => x!)(mul(p, 2)))));
    await same((wrap, p, q) => sum(mul(wrap(() => q)(), p)));
    await same((wrap, p) => sum(mul(wrap(() => tensor1d(X))(), p)));
  });

  test("whole numbers and tables", async () => {
    const table = tensor1d(X);
    await same((wrap, p) => {
      const places = tensor1d([2, 0, 1], "int32");
      return sum(wrap((x, places) => mul(gather(x!, places as Tensor1D), table))(p, places));
    });
  });
});

test("without a gradient it is the function itself", async () => {
  const f = checkpointed((x: Tensor) => square(tanh(x)));
  const x = tensor1d(X);
  await expectNothingLeft(async () => {
    const y = f(x);
    await expectClose(
      y,
      X.map((v) => Math.tanh(v) ** 2),
    );
    y.dispose();
  });
});

test("tfjs's own gradients go through it, second ones too", async () => {
  const cube = checkpointed((x: Tensor) => mul(square(x), x));
  await expectNothingLeft(async () => {
    const x = tensor1d(X);
    const first = grad((x) => sum(cube(x)))(x);
    await expectClose(
      first,
      X.map((v) => 3 * v * v),
    );
    const second = grad((x) => sum(grad((x) => sum(cube(x)))(x)))(x);
    await expectClose(
      second,
      X.map((v) => 6 * v),
    );
    for (const tensor of [x, first, second]) tensor.dispose();
  });
});

test("what f takes from outside is told of where it would be lost, and nothing is left", async () => {
  const [p, q] = [vector(P), vector(Q)];
  const lost = () => {
    const x = mul(p, 2);
    return sum(checkpointed((y: Tensor) => mul(y, x))(mul(q, 1))) as Scalar;
  };
  const gone = () => {
    const x = tensor1d(X);
    const y = checkpointed((y: Tensor) => mul(y, x))(mul(q, 1));
    x.dispose();
    return sum(y) as Scalar;
  };
  await expectNothingLeft(() => {
    expect(() => valueAndGradients(lost, named(p, q))).toThrow(
      "checkpointed: expected what needs a gradient to be an input, got a tensor of [3] from outside",
    );
    expect(() => valueAndGradients(gone, named(p, q))).toThrow(
      "checkpointed: expected tensors from outside to be inputs or to live on, got one of [3] that is disposed",
    );
  });
});

test("where f throws, forward or backward, nothing is left, and streams are where they were", async () => {
  const p = vector(P);
  for (const failing of [0, 1]) {
    const rng = new Rng(5);
    let calls = 0;
    const f = checkpointed(
      (x: Tensor) => {
        rng.nextSeed();
        const y = square(tanh(x));
        if (calls++ === failing) throw new Error("data: expected more, got none");
        return y;
      },
      { rng },
    );
    const before = new Rng(5);
    before.nextSeed();
    await expectNothingLeft(() => {
      expect(() => valueAndGradients(() => sum(f(mul(p, 2))) as Scalar, named(p))).toThrow(
        "data: expected more, got none",
      );
    });
    expect(rng.state).toBe(before.state);
    expect(engine().state.gradientDepth).toBe(0);
  }
});

test("holds one input a block, and one block's inside at a time", async () => {
  const SIZE = 257;
  const BYTES = 4 * SIZE;
  const p = parameter([SIZE], () => tensor1d(new Float32Array(SIZE).fill(0.5)));
  const block = (x: Tensor) =>
    tidy(() => Array.from({ length: 6 }).reduce<Tensor>((y) => tanh(square(y)), mul(x, p)));
  const peakOf = async (blocks: number, wrap: (f: typeof block) => typeof block) => {
    const before = memory().numBytes;
    const loss = () =>
      tidy(() => {
        let x: Tensor = mul(p, 1);
        for (let n = 0; n < blocks; n++) {
          const next = wrap(block)(x);
          x.dispose();
          x = next;
        }
        return sum(x);
      }) as Scalar;
    const { peakBytes } = await profile(() => valueAndGradients(loss, named(p)).value);
    return peakBytes - before;
  };
  const plain = (await peakOf(9, (f) => f)) - (await peakOf(3, (f) => f));
  const spared = (await peakOf(9, checkpointed)) - (await peakOf(3, checkpointed));
  // Of tanh its output, of square its input, 6 times each, and of the product its input.
  expect(plain).toBeGreaterThanOrEqual(6 * 12 * BYTES);
  expect(spared).toBe(6 * BYTES);
  expect(await peakOf(9, checkpointed)).toBeLessThan((await peakOf(9, (f) => f)) / 3);
});
