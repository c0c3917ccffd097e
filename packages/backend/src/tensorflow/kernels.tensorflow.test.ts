import {
  engine,
  gather,
  getBackend,
  getKernel,
  grad,
  grads,
  registerKernel,
  softmax,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tensor2d,
  tidy,
  unregisterKernel,
  util,
} from "@tensorflow/tfjs-core";
import {
  adamWUpdate,
  clipCoefficient,
  embeddingLookup,
  globalNorm,
  registerGradients,
  softmaxCrossEntropy,
} from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";

registerGradients();

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const made = (shape: number[], shift = 0) =>
  tensor(
    Array.from(
      { length: util.sizeFromShape(shape) },
      (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
    ),
    shape,
  );

/** What a body gives where the reference of @tx/ops computes, not our kernels. */
function byReference<T>(kernels: string[], body: () => T): T {
  const taken = kernels.map((name) => getKernel(name, "tensorflow"));
  expect(taken.every(Boolean)).toBe(true);
  for (const name of kernels) unregisterKernel(name, "tensorflow");
  try {
    return body();
  } finally {
    taken.forEach(registerKernel);
  }
}

/** Compares the tensors of a body with the reference's, and sees that it leaves nothing behind. */
async function expectParity(kernels: string[], body: () => Tensor[]): Promise<void> {
  const wanted = byReference(kernels, body);
  await expectNoLeak(async () => {
    const got = body();
    expect(got.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
    for (const [n, tensor] of got.entries()) {
      await expectClose(tensor, wanted[n]!, { rtol: 2e-5, atol: 2e-6 });
      tensor.dispose();
    }
  });
  for (const tensor of wanted) tensor.dispose();
}

test("runs on TensorFlow", () => {
  expect(getBackend()).toBe("tensorflow");
});

describe("AdamW", () => {
  const update = (shape: number[], options: object, scale?: Tensor) => () => {
    const inputs = {
      parameter: made(shape),
      gradient: made(shape, 5),
      firstMoment: made(shape, 9),
      secondMoment: tidy(() => square(made(shape, 3))),
      gradientScale: scale,
    };
    const { parameter, firstMoment, secondMoment } = adamWUpdate(inputs, {
      rate: 0.03,
      step: 3,
      ...options,
    });
    for (const given of Object.values(inputs)) if (given !== scale) given?.dispose();
    return [parameter, firstMoment, secondMoment];
  };

  test.each([
    [[5, 7], {}],
    [[], {}],
    [[3, 1, 2, 5], { weightDecay: 0.1 }],
    [[0, 4], {}],
    [[11], { beta1: 0.8, beta2: 0.95, eps: 1e-3, overwrite: true }],
    [[11], { beta1: 0, beta2: 0 }],
    [[11], { step: 1 }],
    [[11], { step: 100_000 }],
  ])("%j %j", (shape, options) => expectParity(["TxAdamW"], update(shape, options)));

  test("scales gradients first", () => expectParity(["TxAdamW"], update([5, 7], {}, tensor(0.25))));

  test("leaves what it was given", async () => {
    const parameter = made([7]);
    const inputs = {
      parameter,
      gradient: made([7], 5),
      firstMoment: made([7]),
      secondMoment: made([7]),
    };
    const given = [...(await parameter.data())];
    adamWUpdate(inputs, { rate: 1, step: 1, overwrite: true });
    expect([...(await parameter.data())]).toEqual(given);
  });
});

describe("cross-entropy and its gradient", () => {
  const targets = tensor([4, -100, 0, 2, 3, 1], [2, 3], "int32");
  const kernels = ["TxSoftmaxCrossEntropy", "TxSoftmaxCrossEntropyGrad"];

  test.each([
    {},
    { reduction: "sum" },
    { reduction: "none" },
    { labelSmoothing: 0.1 },
    { labelSmoothing: 0.1, reduction: "none" },
    { ignoreIndex: 4 },
    { zLoss: 1e-2 },
  ] as const)("%j", (options) => {
    // With -100 as the index that is ignored no more, a row has no class and all is NaN.
    const classes =
      "ignoreIndex" in options ? tensor([4, 4, 0, 2, 3, 1], [2, 3], "int32") : targets;
    return expectParity(kernels, () => {
      const logits = made([2, 3, 5]);
      const value = softmaxCrossEntropy(logits, classes, options);
      const f = (x: Tensor) => sum(square(softmaxCrossEntropy(x, classes, options)));
      const gradient = grad(f)(logits);
      logits.dispose();
      return [value, gradient];
    });
  });

  test("a row that is ignored may hold NaN, and a class ruled out Infinity", async () => {
    const logits = tensor2d([0, 0, Number.NaN, 1, -Infinity, 0], [3, 2]);
    const given = tensor([0, -100, 1], [3], "int32");
    await expectClose(softmaxCrossEntropy(logits, given), [Math.LN2 / 2]);
    const gradient = grad((x) => softmaxCrossEntropy(x, given))(logits);
    await expectClose(gradient, [-0.25, 0.25, 0, 0, 0, 0]);
  });
});

test.each([[[[5, 3], [7], [], [1, 2, 3]]], [[[4]]]])("the norm of %j", (shapes) =>
  expectParity(["TxGlobalNorm"], () => {
    const tensors = shapes.map((shape, n) => made(shape, n));
    const norm = globalNorm(tensors);
    for (const tensor of tensors) tensor.dispose();
    return [norm];
  }),
);

test.each([0.5, 3, 1e9])("what a norm of 2.5 is clipped by to %d", (maxNorm) =>
  expectParity(["TxClipCoefficient"], () => [tidy(() => clipCoefficient(tensor(2.5), maxNorm))]),
);

describe("embedding", () => {
  test.each([[[6]], [[2, 3]]])("ids %j", (shape) =>
    expectParity(["TxEmbeddingLookup"], () => {
      const ids = tensor([4, 0, 4, 2, 3, 1], shape, "int32");
      const table = made([5, 7]) as Tensor2D;
      const [gradient] = grads((t) => square(embeddingLookup(t as Tensor2D, ids)))([table]);
      const results = [embeddingLookup(table, ids), gradient!];
      for (const given of [ids, table]) given.dispose();
      return results;
    }),
  );

  test("an id that is no row is refused by name", async () => {
    const [ids, table] = [tensor([9], [1], "int32"), made([5, 7]) as Tensor2D];
    await expectNoLeak(() => {
      expect(() => embeddingLookup(table, ids)).toThrow(
        "ids: expected rows of the table, got indices[0] = 9 is not in [0, 5)",
      );
    });
  });
});

test("the rows of a softmax add up to 1, a single weight is 1", async () => {
  const scores = tensor2d([900, -7, 3, 0, 2, 557, -1840, -286, 30, 31], [2, 5]);
  const weights = softmax(scores);
  expect((await weights.data()).filter((weight) => weight > 1e-6)).toEqual(Float32Array.of(1, 1));
});

test("gathers along an axis that counts from the end", async () => {
  const x = made([2, 3, 5]);
  const ids = tensor([4, 1, 4], [3], "int32");
  await expectClose(gather(x, ids, -1), gather(x, ids, 2));
  await expectClose(gather(x, tensor([2, 0], [2, 1], "int32"), -2, 1), [
    ...(await gather(x, tensor([2, 0], [2, 1], "int32"), 1, 1).data()),
  ]);
});

test("TensorFlow itself holds no more tensors after a hundred updates", () => {
  const { binding } = engine().backend as unknown as { binding: { getNumOfTensors(): number } };
  const inputs = ["parameter", "gradient", "firstMoment", "secondMoment"].map(
    (name, n) => [name, made([7], n)] as const,
  );
  const update = () => {
    const made = adamWUpdate(Object.fromEntries(inputs) as never, { rate: 1, step: 1 });
    globalNorm([made.parameter]).dispose();
    for (const tensor of Object.values(made)) (tensor as Tensor).dispose();
  };
  update();
  const before = binding.getNumOfTensors();
  for (let n = 0; n < 100; n++) update();
  expect(binding.getNumOfTensors()).toBe(before);
});
