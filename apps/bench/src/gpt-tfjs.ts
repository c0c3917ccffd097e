import type * as Tfjs from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BackendName } from "@tx/backend";
import type { BenchConfig } from "./configs";
import { requireInstalled, versionOf } from "./peers/installed";
import { bringUpForPeer } from "./peers/peer-backend";
import { serve } from "./peers/serve";

const NAME = "gpt-tfjs";

interface Library {
  model: {
    GPTLMHeadModel(config: object): {
      model: LayersModel;
      generate(
        ids: number[][],
        options: { maxNewTokens: number; doSample: boolean },
      ): Promise<number[][]>;
    };
  };
  optimizers: {
    clipByGlobalNormObj(
      gradients: Tfjs.NamedTensorMap,
      norm: number,
    ): Record<string, Tfjs.Variable>;
  };
}

function modelOf({ model }: Library, config: BenchConfig) {
  const { vocabSize, length, layers, heads, dModel } = config;
  return model.GPTLMHeadModel({
    ...{ nLayer: layers, nHead: heads, nEmbd: dModel, vocabSize, blockSize: length },
    ...{ dropout: 0, embdDrop: 0, residDrop: 0, bias: true },
  });
}

/** The step of its own train(): Adam after clipping to a global norm of 1. */
function steps(library: Library, config: BenchConfig) {
  const tf = requireInstalled("@tensorflow/tfjs") as typeof Tfjs;
  const { model } = modelOf(library, config);
  const optimizer = tf.train.adam(1e-3);
  const { batch, length, vocabSize } = config;
  const ids = () => tf.randomUniform([batch, length], 0, vocabSize, "int32");
  return async () => {
    const x = ids();
    const y = tf.tidy(() => tf.cast(tf.oneHot(ids(), vocabSize), "float32"));
    const started = performance.now();
    let loss: Tfjs.Scalar | undefined;
    const lossOf = () => {
      loss = tf.keep(
        tf.losses.softmaxCrossEntropy(y, model.apply(x) as Tfjs.Tensor),
      ) as Tfjs.Scalar;
      return loss;
    };
    tf.tidy(() => {
      const { grads } = optimizer.computeGradients(lossOf);
      optimizer.applyGradients(library.optimizers.clipByGlobalNormObj(grads, 1));
    });
    await loss!.data();
    const taken = performance.now() - started;
    tf.dispose([loss!, x, y]);
    return taken;
  };
}

/** Its own generation, which has no cache. */
function generation(library: Library, { length, vocabSize, ...config }: BenchConfig) {
  const gpt = modelOf(library, { length, vocabSize, ...config });
  return async () => {
    const prompt = [[Math.floor(Math.random() * vocabSize)]];
    const started = performance.now();
    await gpt.generate(prompt, { maxNewTokens: length - 1, doSample: false });
    return performance.now() - started;
  };
}

await serve(async ({ work, backend }) => {
  if (work.kind === "attention") throw new Error("has no attention apart from its model");
  const version = versionOf(NAME);
  // Its own TensorFlow.js registers gradients; ours are not to come first.
  requireInstalled("@tensorflow/tfjs");
  const device = await bringUpForPeer(backend as BackendName);
  const library = requireInstalled(NAME) as Library;
  const once =
    work.kind === "step" ? steps(library, work.config) : generation(library, work.config);
  return { about: { version, device }, once };
});
