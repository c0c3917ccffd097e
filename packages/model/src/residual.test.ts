import {
  add,
  mul,
  ones,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
} from "@tensorflow/tfjs-core";
import { Module, Rng } from "@tx/core";
import { BatchNorm, LayerNorm, RMSNorm, ScaleNorm } from "@tx/norm";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  type Norm,
  needsFinalNorm,
  Residual,
  type ResidualOptions,
  type ResidualPolicy,
  residualPolicies,
  type Sublayer,
} from "./index";
import { drawn, streamOf } from "./testing/drawn";

const WIDTH = 6;
const inputs = () => streamOf([3, 5, WIDTH]);
const layerNorm = () => new LayerNorm(WIDTH);
const alphaOf = (policy: ResidualPolicy) => (policy === "deepNorm" ? 1.7 : undefined);

function residualOf(policy: ResidualPolicy, options: Partial<ResidualOptions> = {}): Residual {
  const alpha = alphaOf(policy);
  return drawn(new Residual({ policy, norm: layerNorm, alpha, rng: new Rng(5), ...options }));
}

/** F(x) = x² / 2, which adds the stream itself where it is given. */
const halfSquare = (x: Tensor3D): Tensor3D => mul(mul(x, x), 0.5);
const sublayer: Sublayer = (x, residual) =>
  residual ? add(halfSquare(x), residual) : halfSquare(x);

const formulas: Record<ResidualPolicy, (residual: Residual, x: Tensor3D) => Tensor3D> = {
  postNorm: ({ norm }, x) => norm!.forward(add(x, halfSquare(x))),
  preNorm: ({ norm }, x) => add(x, halfSquare(norm!.forward(x))),
  sandwichNorm: ({ norm, outputNorm }, x) =>
    add(x, outputNorm!.forward(halfSquare(norm!.forward(x)))),
  deepNorm: ({ norm }, x) => norm!.forward(add(mul(x, 1.7), halfSquare(x))),
  reZero: ({ gain }, x) => add(x, mul(halfSquare(x), gain!)),
  noResidual: ({ norm }, x) => halfSquare(norm!.forward(x)),
};

test.each(residualPolicies)(
  "%s is as its formula, with the stream added within or after",
  async (policy) => {
    const x = inputs();
    const residual = residualOf(policy);
    const wanted = formulas[policy](residual, x);
    expect(residual.forward(x, sublayer).shape).toEqual([3, 5, WIDTH]);
    await expectClose(residual.forward(x, sublayer), wanted);
    // Dropout that drops next to nothing stands in between, so that the sub-layer gets no stream.
    const dropping = residualOf(policy, { dropout: 1e-7 }).train();
    const alone: Sublayer = (input, stream) => {
      expect(stream).toBeUndefined();
      return sublayer(input);
    };
    await expectClose(dropping.forward(x, alone), wanted, { rtol: 1e-4, atol: 1e-5 });
  },
);

test.each<[ResidualPolicy, string[]]>([
  ["postNorm", ["norm.gain", "norm.bias"]],
  ["preNorm", ["norm.gain", "norm.bias"]],
  ["sandwichNorm", ["norm.gain", "norm.bias", "outputNorm.gain", "outputNorm.bias"]],
  ["deepNorm", ["norm.gain", "norm.bias"]],
  ["reZero", ["gain"]],
  ["noResidual", ["norm.gain", "norm.bias"]],
])("%s owns %s", (policy, paths) => {
  expect([...residualOf(policy).parameters().keys()]).toEqual(paths);
});

test("ReZero begins as the stream alone", async () => {
  const residual = new Residual({ policy: "reZero", norm: layerNorm, rng: new Rng(1) });
  const x = inputs();
  await expectClose(residual.forward(x, sublayer), x, { rtol: 0, atol: 0 });
});

test.each(["reZero", "sandwichNorm", "deepNorm"] as const)(
  "%s has the gradients that differences give",
  async (policy) => {
    const residual = residualOf(policy);
    const owner = policy === "reZero" ? residual : (residual.outputNorm ?? residual.norm)!;
    const { gain } = owner as unknown as { gain: Tensor };
    const forward = (x: Tensor, value: Tensor) => {
      Object.assign(owner, { gain: value });
      return residual.forward(x as Tensor3D, sublayer);
    };
    await expectGradients(forward, [streamOf([1, 2, WIDTH]), gain.clone()]);
  },
);

test.each<[string, () => Norm]>([
  ["LayerNorm", layerNorm],
  ["RMSNorm", () => new RMSNorm(WIDTH)],
  ["ScaleNorm", () => new ScaleNorm(WIDTH)],
  ["BatchNorm", () => new BatchNorm(WIDTH)],
])("takes %s", async (_, norm) => {
  const x = inputs();
  const residual = residualOf("preNorm", { norm });
  await expectClose(residual.forward(x, sublayer), formulas.preNorm(residual, x));
});

test("norms over the batch leave padding out", async () => {
  const visible = tensor2d(
    [
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 1],
      [1, 0, 0, 0, 0],
    ],
    undefined,
    "bool",
  );
  const norm = () => new BatchNorm(WIDTH);
  for (const policy of ["postNorm", "preNorm", "sandwichNorm"] as const) {
    const seen: (Tensor | undefined)[] = [];
    const residual = residualOf(policy, {
      norm: () => {
        const made = norm();
        const { forward } = made;
        return Object.assign(made, {
          forward: <T extends Tensor>(x: T, options?: { mask?: Tensor }) => {
            seen.push(options?.mask);
            return forward.call(made, x, options) as T;
          },
        });
      },
    }).train();
    residual.forward(inputs(), sublayer, visible as Tensor2D);
    expect(seen).toEqual(policy === "sandwichNorm" ? [visible, visible] : [visible]);
  }
});

test("drops of the sub-layer's output only, in training only, the same for a seed", async () => {
  const x = inputs();
  const make = () => residualOf("preNorm", { dropout: 0.5 });
  const whole = formulas.preNorm(make(), x);
  await expectClose(make().forward(x, sublayer), whole);
  const once = make().train().forward(x, sublayer);
  await expectClose(make().train().forward(x, sublayer), once, { rtol: 0, atol: 0 });
  const [stream, all, dropped] = await Promise.all([x, whole, once].map((t) => t.data()));
  const outcomes = new Set(
    Array.from(dropped!, (got, n) => {
      const [before, added] = [stream![n]!, all![n]! - stream![n]!];
      if (Math.abs(got - before) < 1e-5) return "dropped";
      return Math.abs(got - before - 2 * added) < 1e-4 ? "scaled" : "wrong";
    }),
  );
  expect(outcomes).toEqual(new Set(["dropped", "scaled"]));
});

test("whole rows go without the sub-layer, the others have it scaled", async () => {
  const x = ones([40, 2, WIDTH]) as Tensor3D;
  const three: Sublayer = (input, residual) => add(mul(input, 3), residual ?? 0);
  for (const policy of ["reZero", "sandwichNorm", "preNorm"] as const) {
    const residual = residualOf(policy, { stochasticDepth: 0.25 }).train();
    residual.gain?.assign(ones([]));
    for (const norm of [residual.norm, residual.outputNorm]) if (norm) plain(norm);
    const rows = await residual.forward(x, three).array();
    const kinds = rows.map((row) => {
      const numbers = new Set(row.flat().map((number) => number.toFixed(4)));
      expect(numbers.size).toBe(1);
      return [...numbers][0];
    });
    expect(new Set(kinds)).toEqual(new Set([(1).toFixed(4), (1 + 3 / 0.75).toFixed(4)]));
    await expectClose(residual.eval().forward(x, three), mul(ones([40, 2, WIDTH]), 4));
  }
});

/** Makes a norm hand on what it gets. */
function plain(norm: Norm): void {
  Object.assign(norm, { forward: (x: Tensor) => x.clone() });
}

test("tells which policies end on a stream that no norm has seen", () => {
  expect(residualPolicies.filter(needsFinalNorm)).toEqual([
    "preNorm",
    "sandwichNorm",
    "noResidual",
  ]);
});

test("refuses what makes no sense, and leaves nothing behind", async () => {
  const refused = (options: object, message: string) => {
    const all = { policy: "preNorm", norm: layerNorm, rng: new Rng(1), ...options };
    expect(() => new Residual(all as ResidualOptions)).toThrow(new RangeError(message));
  };
  const policies = residualPolicies.join(", ");
  await expectNoLeak(() => {
    refused({ policy: "norm" }, `policy: expected one of ${policies}, got "norm"`);
    refused({ alpha: 2 }, "alpha: expected none with preNorm, got 2");
    const deep = "alpha: expected a positive number with deepNorm, got";
    refused({ policy: "deepNorm" }, `${deep} undefined`);
    refused({ policy: "deepNorm", alpha: 0 }, `${deep} 0`);
    refused({ dropout: 1 }, "dropout: expected a number in [0, 1), got 1");
    refused({ stochasticDepth: -1 }, "stochasticDepth: expected a number in [0, 1), got -1");
    refused(
      { policy: "noResidual", stochasticDepth: 0.1 },
      "stochasticDepth: expected 0 without a residual stream, got 0.1",
    );
    let made = 0;
    const second = () => {
      if (made++ === 0) return layerNorm();
      throw new RangeError("norm: expected one, got enough");
    };
    refused({ policy: "sandwichNorm", norm: second }, "norm: expected one, got enough");
    expect(() => needsFinalNorm("norm" as ResidualPolicy)).toThrow(RangeError);
  });
});

test("is made and disposed without a leak", async () => {
  await expectNoLeak(() => {
    for (const policy of residualPolicies) {
      const residual = residualOf(policy);
      expect(residual).toBeInstanceOf(Module);
      residual.dispose();
    }
  });
});
