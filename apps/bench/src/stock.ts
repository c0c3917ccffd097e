// Registers TensorFlow.js's own gradients, which its core alone does not. Before all else: ours stay
// away where there are some.
import "@tensorflow/tfjs-layers";
import { version_core } from "@tensorflow/tfjs-core";
import { type BackendName, useBackend } from "@tx/backend";
import { serve } from "./peers/serve";
import { stockWork } from "./stock/work";

await serve(async ({ work, backend }) => {
  const { device } = await useBackend(backend as BackendName);
  return { about: { version: `tfjs ${version_core}`, device }, once: stockWork(work) };
});
