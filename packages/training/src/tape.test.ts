import {
  customGrad,
  engine,
  type GradSaveFunc,
  grad,
  grads,
  mul,
  type Scalar,
  square,
  sum,
  type Tensor,
  tanh,
  tensor1d,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { valueAndGradients } from "./index";
import { expectNothingLeft } from "./testing/expect-nothing-left";

const EXACT = { rtol: 0, atol: 0 };
const X = [1, -2, 3];
const P = [0.5, 2, -1];
const vector = (values: number[]) => parameter([values.length], () => tensor1d(values));
const boom = () => {
  throw new Error("data: expected more, got none");
};

/** Gradients of Σ p² · x by p: 2 p x. */
const gradientOf = (p: Variable, x: Tensor): Tensor =>
  valueAndGradients(() => sum(mul(square(p), x)) as Scalar, new Map([["p", p]])).gradients.get(
    "p",
  )!;

test("a forward pass that throws after an operation has saved leaves nothing behind", async () => {
  const x = vector(X);
  const failing = (after: () => void) =>
    customGrad((...args: (Tensor | GradSaveFunc)[]) => {
      const [x, save] = args as [Tensor, GradSaveFunc];
      save([mul(x, 2), x]);
      after();
      return { value: square(x), gradFunc: (dy: Tensor) => mul(dy, 2) };
    }) as (x: Tensor) => Tensor;
  const parameters = new Map([["x", x]]);
  await expectNothingLeft(() => {
    const loss = () => sum(failing(boom)(failing(() => {})(square(x)))) as Scalar;
    expect(() => valueAndGradients(loss, parameters)).toThrow("data: expected more, got none");
  });
  await expectNothingLeft(() => {
    const loss = () => {
      expect(() => failing(boom)(square(x))).toThrow("data: expected more, got none");
      return sum(square(x)) as Scalar;
    };
    const { value, gradients } = valueAndGradients(loss, parameters);
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  });
});

test("can be differentiated itself, by tfjs and by itself", async () => {
  const [p, x] = [vector(P), tensor1d(X)];
  await expectNothingLeft(async () => {
    const dx = grad((x) => sum(gradientOf(p, x)))(x);
    await expectClose(
      dx,
      P.map((v) => 2 * v),
    );
    const penalty = () => sum(square(gradientOf(p, x))) as Scalar;
    const { value, gradients } = valueAndGradients(penalty, new Map([["p", p]]));
    await expectClose(value, [P.reduce((total, v, i) => total + (2 * v * X[i]!) ** 2, 0)]);
    await expectClose(
      gradients.get("p")!,
      P.map((v, i) => 8 * v * X[i]! ** 2),
    );
    for (const tensor of [dx, value, ...gradients.values()]) tensor.dispose();
  });
});

test("where it throws inside another gradient, that one may go on", async () => {
  const [p, x] = [vector(P), tensor1d(X)];
  const failing = customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    save([x]);
    return { value: square(x), gradFunc: boom };
  }) as (x: Tensor) => Tensor;
  const losses = [
    boom,
    () => sum(failing(square(p))) as Scalar,
    () => square(p) as Tensor as Scalar,
  ];
  await expectNothingLeft(async () => {
    for (const loss of losses) {
      const dx = grad((x) => {
        const squares = square(x);
        expect(() => valueAndGradients(loss, new Map([["p", p]]))).toThrow(/expected/);
        expect(engine().state.gradientDepth).toBe(1);
        return sum(mul(squares, x));
      })(x);
      await expectClose(
        dx,
        X.map((v) => 3 * v * v),
      );
      dx.dispose();
    }
  });
});

test("a gradient of tfjs may be taken inside the loss", async () => {
  const p = vector(P);
  await expectNothingLeft(async () => {
    const loss = () => sum(grad((x) => sum(mul(square(x), x)))(p)) as Scalar;
    const { value, gradients } = valueAndGradients(loss, new Map([["p", p]]));
    await expectClose(value, [P.reduce((total, v) => total + 3 * v * v, 0)]);
    await expectClose(
      gradients.get("p")!,
      P.map((v) => 6 * v),
    );
    for (const tensor of [value, ...gradients.values()]) tensor.dispose();
  });
});

/** Computes fn once more in the backward pass instead of keeping what it saves. */
const checkpoint =
  (fn: (x: Tensor) => Tensor, variables: Variable[], swap: boolean) => (x: Tensor) =>
    (
      customGrad((...args: (Tensor | GradSaveFunc)[]) => {
        const [x, save] = [args[0] as Tensor, args.at(-1) as GradSaveFunc];
        save([x]);
        const gradFunc = (dy: Tensor, [x]: Tensor[]) => {
          const { state } = engine();
          const tape = state.activeTape;
          if (swap) state.activeTape = [];
          try {
            return engine().gradients(() => fn(x!), [x!, ...variables], dy, true).grads;
          } finally {
            if (swap) state.activeTape = tape;
          }
        };
        return { value: fn(x), gradFunc };
      }) as (...inputs: Tensor[]) => Tensor
    )(x, ...variables);

test.each([true, false])("checkpointing works, tape swapped: %s", async (swap) => {
  const layers = [P, [0.25, -1, 1.5], [2, 0.125, -0.5]].map(vector);
  const parameters = new Map(layers.map((layer, i) => [`${i}`, layer]));
  const block = (layer: Variable) => (x: Tensor) => tanh(mul(square(tanh(mul(x, layer))), layer));
  const lossOf = (wrap: (layer: Variable) => (x: Tensor) => Tensor) => () =>
    tidy(() => sum(layers.reduce<Tensor>((x, layer) => wrap(layer)(x), tensor1d(X)))) as Scalar;
  await expectNothingLeft(async () => {
    const plain = valueAndGradients(lossOf(block), parameters);
    const again = lossOf((layer) => checkpoint(block(layer), [layer], swap));
    const before = engine().state.activeTape;
    const spared = valueAndGradients(again, parameters);
    expect(engine().state.activeTape).toBe(before);
    await expectClose(spared.value, plain.value, EXACT);
    for (const [path, gradient] of plain.gradients) {
      await expectClose(spared.gradients.get(path)!, gradient, EXACT);
    }
    for (const { value, gradients } of [plain, spared]) {
      for (const tensor of [value, ...gradients.values()]) tensor.dispose();
    }
  });
});

test("may be called in tfjs's backward pass", async () => {
  const [p, x] = [vector(P), tensor1d(X)];
  const odd = customGrad((...args: (Tensor | GradSaveFunc)[]) => ({
    value: mul(args[0] as Tensor, 2),
    gradFunc: (dy: Tensor) => mul(dy, gradientOf(p, tensor1d(X))),
  })) as (x: Tensor) => Tensor;
  await expectNothingLeft(async () => {
    const [dx] = tidy(() => grads((x) => sum(odd(square(x!))))([x])) as [Tensor];
    await expectClose(
      dx,
      P.map((v, i) => 2 * v * X[i]! * 2 * X[i]!),
    );
    dx.dispose();
  });
});
