import {
  concat,
  randomNormal,
  type Scalar,
  slice,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { type Positional, Rng } from "@tx/core";
import { softmaxCrossEntropy } from "@tx/ops";
import {
  alibi,
  axial,
  combined,
  learned,
  nope,
  perLayer,
  rope,
  shaw,
  trainedSinusoidal,
  transformerXL,
} from "@tx/positional";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { type CausalLanguageModel, decodeModel, encodeModel, type GptConfig, gpt } from "./index";

const [LAYERS, HEADS, D_MODEL, SEQ] = [4, 2, 8, 7];
const HEAD_DIM = D_MODEL / HEADS;
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const rng = () => new Rng(5);
const turning = () => rope({ headDim: HEAD_DIM });
const vectors = (seed: number) => shaw({ headDim: HEAD_DIM, clip: 2, rng: new Rng(seed) });
const ids = () =>
  tensor2d(
    [
      [3, 1, 4, 1, 5, 9, 2],
      [6, 5, 3, 5, 8, 9, 7],
    ],
    undefined,
    "int32",
  );

/** Large weights, so that positions count. */
function modelOf(positional: Positional): CausalLanguageModel<GptConfig> {
  const sizes = { vocabSize: 11, maxLen: 9, layers: LAYERS, heads: HEADS, dModel: D_MODEL };
  const model = gpt({ ...sizes, positional, rng: rng() });
  let seed = 1;
  tidy(() => {
    for (const parameter of model.parameters().values()) {
      parameter.assign(randomNormal(parameter.shape, 0, 0.5, "float32", seed++));
    }
  });
  return model;
}

function inSteps(model: CausalLanguageModel<GptConfig>, text: Tensor2D): Tensor3D {
  const caches = model.newCaches(2);
  const steps = [
    [0, 3],
    [3, 1],
    [4, 1],
    [5, 2],
  ] as const;
  const logits = steps.map(([start, len]) =>
    model.forward(slice(text, [0, start], [-1, len]), caches),
  );
  for (const cache of caches) cache.dispose();
  return concat(logits, 1);
}

const mixed = (): Positional => {
  const turn = turning();
  return perLayer([turn, turn, turn, nope()]);
};

test.each<[string, () => Positional]>([
  ["RoPE on three layers of four, none on the fourth", mixed],
  ["tables of their own in some layers", () => perLayer([vectors(1), alibi(), vectors(2)])],
  ["RoPE and ALiBi at once", () => combined([turning(), alibi()])],
  ["RoPE and Shaw at once", () => combined([turning(), vectors(1)])],
  [
    "embeddings for all beside layers of their own",
    () => combined([learned({ maxLen: 9, dModel: D_MODEL, rng: rng() }), mixed(), alibi()]),
  ],
  [
    "Transformer-XL's layers beside NoPE",
    () => {
      const xl = transformerXL({
        ...{ dModel: 6, heads: HEADS, headDim: HEAD_DIM, layers: LAYERS, rng: rng() },
      });
      return perLayer([xl, nope()]);
    },
  ],
  ["axial positions", () => axial({ dModel: D_MODEL, maxLen: 9, rng: rng() })],
  ["waves that are trained", () => trainedSinusoidal({ maxLen: 9, dModel: D_MODEL })],
  ["no positions", nope],
])("decodes with a cache as without: %s", async (_, make) => {
  const [model, text] = [modelOf(make()), ids()];
  const whole = model.forward(text);
  expect(whole.shape).toEqual([2, SEQ, 11]);
  await expectClose(inSteps(model, text), whole, NEAR);
});

test("each layer has its own entry: none is passed over", async () => {
  const text = ids();
  const logits = (positional: Positional) => modelOf(positional).forward(text).data();
  const turn = turning();
  const none = nope();
  const places = [0, 1, 2, 3].map((place) =>
    perLayer([0, 1, 2, 3].map((layer) => (layer === place ? turn : none))),
  );
  const all = await Promise.all([none, turn, mixed(), ...places].map(logits));
  for (const [n, one] of all.entries()) {
    for (const other of all.slice(n + 1)) {
      const apart = Math.max(...one.map((logit, i) => Math.abs(logit - other[i]!)));
      expect(apart).toBeGreaterThan(1e-3);
    }
  }
});

test("layers train tables of their own, or one that they share", async () => {
  const gradients = async (positional: Positional) => {
    const model = modelOf(positional);
    const tables = [...model.parameters()].filter(([path]) => path.startsWith("positional."));
    const loss = () => softmaxCrossEntropy<Scalar>(model.forward(ids()), ids());
    const { grads } = variableGrads(
      loss,
      tables.map(([, table]) => table),
    );
    return Promise.all(
      tables.map(async ([path, { name }]) => {
        const numbers = Array.from(await grads[name]!.data());
        return [path, Math.max(...numbers.map(Math.abs)) > 1e-4];
      }),
    );
  };
  const own = [1, 2, 3, 4].map(vectors);
  expect(await gradients(perLayer(own))).toEqual(
    own.flatMap((_, n) => [
      [`positional.strategies.${n}.key`, true],
      [`positional.strategies.${n}.value`, true],
    ]),
  );
  const [one, two] = [vectors(1), vectors(2)];
  expect(await gradients(perLayer([one, one, two, one]))).toEqual([
    ["positional.strategies.0.key", true],
    ["positional.strategies.0.value", true],
    ["positional.strategies.2.key", true],
    ["positional.strategies.2.value", true],
  ]);
});

test("a checkpoint brings back which layers share", async () => {
  const shared = vectors(1);
  const model = modelOf(
    combined([
      trainedSinusoidal({ maxLen: 9, dModel: D_MODEL }),
      perLayer([shared, vectors(2), shared, nope()]),
    ]),
  );
  const again = decodeModel(await encodeModel(model)) as typeof model;
  expect([...again.parameters().keys()]).toEqual([...model.parameters().keys()]);
  expect(again.config).toEqual(model.config);
  const text = ids();
  await expectClose(again.forward(text), model.forward(text), { rtol: 0, atol: 0 });
});
