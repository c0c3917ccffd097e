import {
  add,
  addN,
  concat,
  engine,
  gather,
  getBackend,
  keep,
  mul,
  registerGradient,
  registerKernel,
  type Scalar,
  split,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  unregisterGradient,
  unregisterKernel,
  type Variable,
} from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { valueAndGradients } from "./index";
import { expectNothingLeft } from "./testing/expect-nothing-left";
import { operation } from "./testing/operation";

const X = [1, -2, 3];
const Y = [2, 0.5, -1];
const vector = (values: number[] = X) => parameter([values.length], () => tensor1d(values));

/** Gradients of a loss by parameter, which must leave nothing but themselves. */
async function expectGradients(
  loss: (...given: Variable[]) => Tensor,
  parameters: Variable[],
  wanted: (number[] | undefined)[],
): Promise<void> {
  const named = new Map(parameters.map((variable, i) => [`${i}`, variable]));
  await expectNothingLeft(async () => {
    const { value, gradients } = valueAndGradients(() => loss(...parameters) as Scalar, named);
    for (const [i, numbers] of wanted.entries()) {
      const gradient = gradients.get(`${i}`);
      if (numbers) await expectClose(gradient!, numbers);
      else expect(gradient).toBeUndefined();
    }
    const all = [value, ...gradients.values()];
    expect(new Set(all).size).toBe(all.length);
    for (const tensor of all) {
      expect(parameters).not.toContain(tensor);
      expect(tensor.isDisposed).toBe(false);
      tensor.dispose();
    }
  });
  for (const variable of parameters) expect(variable.isDisposed).toBe(false);
}

test("a parameter used twice, in one operation and in several", async () => {
  await expectGradients((x) => sum(mul(x, x)), [vector()], [[2, -4, 6]]);
  await expectGradients((x) => sum(add(x, x)), [vector()], [[2, 2, 2]]);
  const loss = (x: Variable) => sum(addN([square(x), x, mul(x, 3), square(x)]));
  await expectGradients(loss, [vector()], [[8, -4, 16]]);
});

test("a parameter that is the loss itself, beside one that is not in it", async () => {
  const scalar = () => parameter([], () => sum(tensor1d([7])));
  await expectGradients((x) => x, [scalar(), scalar()], [[1], undefined]);
});

test("a gradient that is the output's own, for one input and for several", async () => {
  const same = operation(
    (x) => mul(x, 1),
    (dy) => dy,
  );
  const plus = operation(add, (dy) => [dy, dy]);
  await expectGradients((x) => sum(same(same(x))), [vector()], [[1, 1, 1]]);
  await expectGradients(
    (x, y) => sum(plus(x, y)),
    [vector(), vector()],
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
  );
  await expectGradients((x) => sum(plus(x, x)), [vector()], [[2, 2, 2]]);
  const loss = (x: Variable, y: Variable) => {
    const z = plus(x, same(y));
    return sum(mul(plus(plus(z, z), same(x)), plus(z, y)));
  };
  // (2z + x)(z + y) with z = x + y is 3x² + 8xy + 4y².
  const [x, y] = [vector(), vector(Y)];
  const wanted = [6, 8].map((factor) => X.map((v, i) => factor * v + 8 * Y[i]!));
  await expectGradients(loss, [x, y], wanted);
  const one = operation(
    (x) => sum(x),
    (dy, [x]) => add(dy, mul(x!, 0)),
  );
  await expectGradients((x) => same(one(x)), [vector()], [[1, 1, 1]]);
});

test("a gradient that is somebody else's tensor stays theirs", async () => {
  const outside = tensor1d([4, 5, 6]);
  const other = vector([7, 8, 9]);
  for (const [gradient, wanted] of [
    [() => outside, [4, 5, 6]],
    [() => other as Tensor, [7, 8, 9]],
    [(_: Tensor, saved: Tensor[]) => saved[0]!, X],
  ] as const) {
    const odd = operation((x) => mul(x, 2), gradient);
    await expectGradients((x) => sum(odd(x)), [vector()], [[...wanted]]);
    await expectGradients((x) => sum(odd(odd(x))), [vector()], [[...wanted]]);
  }
  expect([outside.isDisposed, other.isDisposed]).toEqual([false, false]);
});

test("what is kept in the loss or in a gradient stays", async () => {
  const kept: Tensor[] = [];
  const held = <T extends Tensor>(x: T): T => {
    kept.push(keep(x));
    return x;
  };
  const keeping = operation(
    (x) => held(mul(x, 2)),
    (dy) => [held(mul(held(dy), 2))],
  );
  const x = vector();
  const { gradients } = valueAndGradients(
    () => sum(keeping(held(square(x)))) as Scalar,
    new Map([["x", x]]),
  );
  await expectClose(gradients.get("x")!, [4, -8, 12]);
  const [squares, doubled, dy, dx] = kept as [Tensor, Tensor, Tensor, Tensor];
  await expectClose(squares, [1, 4, 9]);
  await expectClose(doubled, [2, 8, 18]);
  await expectClose(dy, [1, 1, 1]);
  await expectClose(dx, [2, 2, 2]);
  await expectNothingLeft(() => {
    const { value, gradients } = valueAndGradients(
      () => sum(keeping(held(x))) as Scalar,
      new Map([["x", x]]),
    );
    for (const tensor of [value, ...gradients.values()]) expect(kept).not.toContain(tensor);
    for (const tensor of [value, ...gradients.values(), ...kept.splice(5)]) tensor.dispose();
  });
});

test("several outputs, of which the loss uses some", async () => {
  const parts = (x: Tensor) => split(x, [1, 2]) as [Tensor, Tensor];
  await expectGradients((x) => sum(square(parts(x)[1])), [vector()], [[0, -4, 6]]);
  const joined = (x: Tensor) => sum(mul(x, concat([...parts(x)].reverse())));
  await expectGradients(joined, [vector()], [[1, 4, -1]]);
});

test("a kernel of one's own with several outputs", async () => {
  const kernelName = "TxTestTwins";
  registerKernel({
    kernelName,
    backendName: getBackend(),
    kernelFunc: ({ inputs }) => [2, 3].map((n) => mul(inputs.x as Tensor, n)),
  });
  registerGradient({
    kernelName,
    outputsToSave: [true, true],
    gradFunc: (dys, saved) => ({
      x: () => {
        expect(saved.map(({ shape }) => shape)).toEqual([[3], [3]]);
        const [first, second] = dys as Tensor[];
        return add(mul(first!, 2), mul(second!, 3));
      },
    }),
  });
  try {
    const twins = (x: Tensor) => engine().runKernel<Tensor[]>(kernelName, { x });
    await expectGradients((x) => sum(addN(twins(x))), [vector()], [[5, 5, 5]]);
    await expectGradients((x) => sum(twins(x)[1]!), [vector()], [[3, 3, 3]]);
  } finally {
    unregisterGradient(kernelName);
    unregisterKernel(kernelName, getBackend());
  }
});

test("operands that broadcast, and whole numbers among the inputs", async () => {
  const matrix = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const loss = (x: Variable, y: Variable) => sum(mul(sub(matrix, x), y));
  const rows = [5, 7, 9].map((total, i) => total - 2 * X[i]!);
  await expectGradients(loss, [vector(), vector([2, 3, 4])], [[-4, -6, -8], rows]);
  const ids = tensor1d([2, 0, 2], "int32");
  await expectGradients((x) => sum(square(gather(x, ids))), [vector()], [[2, 0, 12]]);
});

test("a tidy inside the loss, and a variable that is assigned in it", async () => {
  const [x, count] = [vector(), vector([0])];
  const loss = (x: Variable) =>
    tidy(() => {
      count.assign(add(count, 1));
      return sum(
        mul(
          tidy(() => square(x)),
          count,
        ),
      );
    });
  await expectGradients(loss, [x], [[2, -4, 6]]);
  await expectGradients(loss, [x], [[4, -8, 12]]);
  await expectClose(count, [2]);
});
