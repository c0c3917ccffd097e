import * as tf from "@tensorflow/tfjs-core";
import type { BenchConfig } from "./configs";
import { importFile, versionOf } from "./peers/installed";
import { bringUpForPeer } from "./peers/peer-backend";
import { serve } from "./peers/serve";

const NAME = "@genai-fi/nanogpt";

/** As much of its model as is used here; a block's keys and values appear in its cache. */
interface Model {
  forward(
    attributes: { training: boolean; cache?: (Cache | undefined)[] | undefined },
    ids: tf.Tensor,
  ): tf.Tensor;
}

interface Cache {
  k?: tf.Tensor;
  v?: tf.Tensor;
  length: number;
  cumulativeLength: number;
}

interface Trainer {
  trainStep(state: object, batch: { xs: tf.Tensor; ys: tf.Tensor }): tf.Scalar;
}

interface Library {
  models: { NanoGPTV1: new (config: object) => Model };
}

/**
 * Lets the package take Node for a browser: otherwise the TensorFlow.js that it carries looks for
 * Node's TextEncoder in the wrong place, and it does not load. All copies of TensorFlow.js share one
 * environment, so ours may say it.
 */
function pretendBrowser(): void {
  tf.env().set("IS_NODE", false);
  tf.env().set("IS_BROWSER", true);
  Object.assign(globalThis, {
    window: globalThis,
    document: { createElement: () => ({ getContext: () => null }) },
  });
}

async function load(backend: string): Promise<Library> {
  // Before it takes this for a browser, and starts workers as there.
  if (backend === "wasm") await bringUpForPeer("wasm");
  if (backend === "webgpu") await bringUpForPeer("dawn");
  pretendBrowser();
  const library = (await importFile(NAME, "dist/main.js")) as Library;
  const { selectBackend } = (await importFile(NAME, "dist/backend.js")) as {
    selectBackend(name: string): Promise<void>;
  };
  if (backend !== "wasm") await selectBackend(backend);
  return library;
}

function modelOf({ models }: Library, config: BenchConfig): Model {
  const { vocabSize, length, layers, heads, dModel } = config;
  return new models.NanoGPTV1({
    ...{ modelType: "GenAI_NanoGPT_v1", vocabSize, blockSize: length },
    ...{ nLayer: layers, nHead: heads, nEmbed: dModel, mlpFactor: 4, useRope: false },
  });
}

/**
 * Its trainer's own step: forward, backward and its AdamW. Without clipping, as is its default: with
 * it, it lacks a kernel on the cpu backend (Norm2).
 */
async function steps(library: Library, config: BenchConfig) {
  const { default: BasicTrainer } = (await importFile(NAME, "dist/training/BasicTrainer.js")) as {
    default: new (model: Model, tokenizer: object, options: object) => Trainer;
  };
  const options = { learningRate: 1e-3, warmupSteps: 0 };
  const trainer = new BasicTrainer(modelOf(library, config), {}, options);
  const { batch, length, vocabSize } = config;
  return async () => {
    const ids = () => tf.randomUniform([batch, length], 0, vocabSize, "int32");
    const [xs, ys] = [ids(), ids()];
    const started = performance.now();
    const loss = trainer.trainStep({}, { xs, ys });
    await loss.data();
    const taken = performance.now() - started;
    tf.dispose([loss, xs, ys]);
    return taken;
  };
}

/** One token at a time through its cache. */
function generation(library: Library, config: BenchConfig) {
  const { length, vocabSize, layers } = config;
  const model = modelOf(library, config);
  return async () => {
    const cache = Array.from({ length: layers }, (): Cache => ({ length: 0, cumulativeLength: 0 }));
    let token = Math.floor(Math.random() * vocabSize);
    const started = performance.now();
    for (let n = 0; n < length - 1; n++) {
      const chosen = tf.tidy(() => {
        const ids = tf.tensor2d([token], [1, 1], "int32");
        return tf.argMax(tf.reshape(model.forward({ training: false, cache }, ids), [-1]));
      });
      token = (await chosen.data())[0]!;
      chosen.dispose();
    }
    const taken = performance.now() - started;
    for (const { k, v } of cache) tf.dispose([k, v] as tf.Tensor[]);
    return taken;
  };
}

await serve(async ({ work, backend }) => {
  if (work.kind === "attention") throw new Error("has no attention apart from its model");
  const version = versionOf(NAME);
  const library = await load(backend);
  const once =
    work.kind === "step" ? await steps(library, work.config) : generation(library, work.config);
  return { about: { version, device: tf.getBackend() }, once };
});
