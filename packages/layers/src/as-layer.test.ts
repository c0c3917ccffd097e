import {
  gather,
  io as handlers,
  type io,
  memory,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  train,
} from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model as modelOf,
  type Sequential,
  sequential,
} from "@tensorflow/tfjs-layers";
import { MultiHeadAttention } from "@tx/attention";
import { Dropout, Linear, Rng, xavierUniform } from "@tx/core";
import { GatedFeedForward } from "@tx/ffn";
import { BatchNorm, LayerNorm } from "@tx/norm";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { asLayer, ModuleLayer } from "./index";

const [BATCH, LENGTH, VOCAB, D_MODEL] = [5, 7, 11, 6];

const Attention = asLayer("CausalAttention", {
  make: (config: { dModel: number; heads: number; dropout?: number }, rng) =>
    new MultiHeadAttention({ ...config, rng }),
  forward: (attention, [x], { mask }) =>
    attention.forward(x as Tensor3D, { mask: { causal: true, keys: mask } }),
});
const FeedForward = asLayer("SwiGlu", {
  make: (config: { dModel: number; dFF: number }, rng) =>
    new GatedFeedForward({ ...config, activation: "silu", rng }),
});
const Norm = asLayer("TxLayerNorm", {
  make: (_: object, _rng, [shape]) => new LayerNorm(shape!.at(-1)!),
});
const OverBatch = asLayer("OverBatch", {
  make: ({ momentum }: { momentum: number }, _rng, [shape]) =>
    new BatchNorm(shape!.at(-1)!, { momentum }),
  forward: (norm, [x], { mask }) => norm.forward(x!, { mask }),
});

/** Of each token, whether one like it came before: nothing that a layer without attention learns. */
function examples(): { x: Tensor2D; y: Tensor } {
  const rows = Array.from({ length: BATCH }, (_, row) =>
    Array.from({ length: LENGTH }, (_, n) => 1 + ((n * n + 3 * row + 2) % (VOCAB - 1))),
  );
  const seen = rows.map((row) => row.map((token, n) => [row.indexOf(token) < n ? 1 : 0]));
  return { x: tensor2d(rows), y: tensor3d(seen) };
}

function tiny(): Sequential {
  return sequential({
    layers: [
      layers.embedding({ inputDim: VOCAB, outputDim: D_MODEL, inputLength: LENGTH }),
      Attention({ dModel: D_MODEL, heads: 2 }, { seed: 3, name: "attention" }),
      Norm({}, { name: "norm" }),
      FeedForward({ dModel: D_MODEL, dFF: 13 }, { seed: 4, name: "feed" }),
      OverBatch({ momentum: 0.5 }, { name: "batch" }),
    ],
  });
}

/** As loadLayersModel finds it on a disk. */
async function saved(model: LayersModel): Promise<io.IOHandler> {
  let artifacts: io.ModelArtifacts | undefined;
  await model.save(
    handlers.withSaveHandler(async (given) => {
      artifacts = JSON.parse(JSON.stringify({ ...given, weightData: undefined }));
      artifacts!.weightData = (given.weightData as ArrayBuffer).slice(0);
      return { modelArtifactsInfo: handlers.getModelArtifactsInfoForJSON(given) };
    }),
  );
  return handlers.fromMemory(artifacts!);
}

test("a sequential model of modules fits, saves, and is the same when it is loaded", async () => {
  const before = memory().numTensors;
  const model = tiny();
  model.add(layers.dense({ units: 1, activation: "sigmoid" }));
  const optimizer = train.adam(0.02);
  model.compile({ optimizer, loss: "binaryCrossentropy" });
  const { x, y } = examples();
  const attention = model.getLayer("attention") as ModuleLayer<MultiHeadAttention>;
  const kernel = attention.module.query.kernel;
  const first = await kernel.data();

  const { history } = await model.fit(x, y, { epochs: 30, batchSize: BATCH, verbose: 0 });
  const losses = history.loss as number[];
  expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
  // What the optimizer changed is what the module computes with.
  expect(attention.module.query.kernel).toBe(kernel);
  expect(await kernel.data()).not.toEqual(first);

  const again = await loadLayersModel(await saved(model));
  const [wanted, got] = [model.predict(x) as Tensor, again.predict(x) as Tensor];
  await expectClose(got, wanted, { rtol: 0, atol: 0 });
  const loaded = again.getLayer("feed") as ModuleLayer;
  expect(loaded).toBeInstanceOf(ModuleLayer);
  expect(loaded.config).toEqual({ dModel: D_MODEL, dFF: 13 });
  expect(loaded.module).toBeInstanceOf(GatedFeedForward);

  // Trains on, too.
  again.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  await again.fit(x, y, { epochs: 1, verbose: 0 });
  for (const tensor of [x, y, wanted, got]) tensor.dispose();
  model.dispose();
  again.dispose();
  optimizer.dispose();
  expect(memory().numTensors).toBe(before);
});

test("weights are those of the module, by its paths, state that is not trained apart", () => {
  const model = tiny();
  const names = (layer: string) =>
    model.getLayer(layer).weights.map(({ originalName }) => originalName);
  expect(names("attention")).toContain("attention/query.kernel");
  const batch = model.getLayer("batch");
  expect(batch.trainableWeights.map(({ originalName }) => originalName)).toEqual([
    "batch/gain",
    "batch/bias",
  ]);
  expect(batch.nonTrainableWeights.map(({ originalName }) => originalName)).toEqual([
    "batch/runningMean",
    "batch/runningVariance",
  ]);
  model.dispose();
});

test("dropout is on in fit, off in predict; running statistics come from fit", async () => {
  const seen: boolean[] = [];
  const Dropping = asLayer("Dropping", {
    make: ({ rate }: { rate: number }, rng) => new Dropout(rate, rng),
    forward: (dropout, [x], { training }) => {
      seen.push(training);
      expect(dropout.training).toBe(training);
      return dropout.forward(x!);
    },
  });
  const model = sequential({
    layers: [
      Dropping({ rate: 0.5 }, { inputShape: [3], seed: 1 }),
      OverBatch({ momentum: 1 }),
      layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const x = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const y = tensor2d([0, 1], [2, 1]);
  await model.fit(x, y, { epochs: 1, verbose: 0 });
  const norm = model.layers[1] as ModuleLayer<BatchNorm>;
  const mean = await norm.module.runningMean.data();
  expect([...mean]).not.toEqual([0, 0, 0]);
  (model.predict(x) as Tensor).dispose();
  expect(await norm.module.runningMean.data()).toEqual(mean);
  expect(seen).toEqual([true, false]);
  for (const tensor of [x, y]) tensor.dispose();
  model.dispose();
});

test("a mask reaches the module, and the layer after it", async () => {
  const BothWays = asLayer("BothWays", {
    make: (config: { dModel: number; heads: number }, rng) =>
      new MultiHeadAttention({ ...config, rng }),
    forward: (attention, [x], { mask }) =>
      attention.forward(x as Tensor3D, { mask: { keys: mask } }),
  });
  const masks: (number[][] | undefined)[] = [];
  const Watching = asLayer("Watching", {
    make: () => new Dropout(0, new Rng(1)),
    forward: (_, [x], { mask }) => {
      masks.push(mask?.arraySync());
      return x!;
    },
  });
  const embedding = layers.embedding({
    ...{ inputDim: VOCAB, outputDim: D_MODEL, inputLength: LENGTH, maskZero: true },
  });
  const attention = BothWays({ dModel: D_MODEL, heads: 2 });
  const model = sequential({ layers: [embedding, attention, Watching({})] });
  const row = tensor2d([[4, 3, 2, 1, 5, 0, 0]]);
  const padded = model.predict(row) as Tensor;
  expect(masks).toEqual([[[1, 1, 1, 1, 1, 0, 0]]]);
  // What the module gives of the tokens that count, alone.
  const alone = tidy(() => {
    const table = embedding.getWeights()[0]!;
    const tokens = tensor1d([4, 3, 2, 1, 5], "int32");
    return attention.module.forward(reshape(gather(table, tokens), [1, 5, D_MODEL]));
  });
  const counted = slice(padded, [0, 0, 0], [1, 5, D_MODEL]);
  await expectClose(counted, alone);
  for (const tensor of [row, padded, alone, counted]) tensor.dispose();
  model.dispose();
});

test("several inputs: cross attention in a model of its own shape", async () => {
  const Cross = asLayer("CrossAttention", {
    make: (config: { dModel: number; heads: number; keyDim: number }, rng) =>
      new MultiHeadAttention({ ...config, valueDim: config.keyDim, rng }),
    forward: (attention, [x, memory]) =>
      attention.forward(x as Tensor3D, { key: memory as Tensor3D }),
  });
  const Wider = asLayer("Wider", {
    make: ({ width }: { width: number }, rng, [shape]) =>
      new Linear(shape!.at(-1)!, width, { init: xavierUniform(rng) }),
    outputShape: ([shape], { width }) => [...shape!.slice(0, -1), width],
  });
  const [x, memory] = [input({ shape: [3, 4] }), input({ shape: [5, 2] })];
  const mixed = Cross({ dModel: 4, heads: 2, keyDim: 2 }, { seed: 1 }).apply([x, memory]);
  const output = Wider({ width: 9 }).apply(mixed) as never;
  const model = modelOf({ inputs: [x, memory], outputs: output });
  expect(model.outputShape).toEqual([null, 3, 9]);
  const given = [
    tensor3d(new Float32Array(24), [2, 3, 4]),
    tensor3d(new Float32Array(20), [2, 5, 2]),
  ];
  const y = model.predict(given) as Tensor;
  expect(y.shape).toEqual([2, 3, 9]);
  for (const tensor of [...given, y]) tensor.dispose();
  model.dispose();
});

test("a frozen layer keeps its weights", async () => {
  const model = sequential({
    layers: [
      Norm({}, { inputShape: [3], trainable: false }),
      layers.dense({ units: 1, name: "dense" }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const [x, y] = [tensor2d([1, 2, 4], [1, 3]), tensor2d([9], [1, 1])];
  await model.fit(x, y, { epochs: 2, verbose: 0 });
  const { module } = model.layers[0] as ModuleLayer<LayerNorm>;
  expect([...(await module.gain.data())]).toEqual([1, 1, 1]);
  for (const tensor of [x, y]) tensor.dispose();
  model.dispose();
});

test("a seed makes the same weights; without one the name does", async () => {
  const weightsOf = (layer: ModuleLayer<MultiHeadAttention>) => {
    layer.build([null, LENGTH, D_MODEL]);
    return [...layer.module.query.kernel.dataSync()];
  };
  const config = { dModel: D_MODEL, heads: 2 };
  expect(weightsOf(Attention(config, { seed: 5 }))).toEqual(
    weightsOf(Attention(config, { seed: 5 })),
  );
  expect(weightsOf(Attention(config))).not.toEqual(weightsOf(Attention(config)));
  expect(weightsOf(Attention(config, { name: "first" }))).toEqual(
    weightsOf(Attention(config, { name: "first" })),
  );
});

test("what does not fit is told", () => {
  expect(() => asLayer("attention", { make: () => new Dropout(0, new Rng(1)) })).toThrow(
    'className: expected a capital, then letters and digits, got "attention"',
  );
  expect(() => asLayer("Dense", { make: () => new Dropout(0, new Rng(1)) })).toThrow(
    'className: expected one that is free, got "Dense", which is taken',
  );
  const Any = asLayer("AnyConfig", {
    make: (_: unknown) => new Dropout(0, new Rng(1)),
  });
  expect(() => Any({ norm: { eps: Number.NaN } })).toThrow(
    "AnyConfig: expected plain JSON, got NaN at config.norm.eps",
  );
  expect(() => Any({ score: () => 1 })).toThrow("got function at config.score");
  expect(() => Any({ table: new Float32Array(2) })).toThrow("got Float32Array at config.table");
  expect(() => Any({}, { seed: -1 })).toThrow("seed: expected a whole number from 0, got -1");
  expect(() => Any({}, { name: "any" }).module).toThrow(
    "any: expected a layer that is built, got one without an input yet",
  );
});
