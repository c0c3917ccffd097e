import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleBench } from "../../scripts/bundle.mjs";
import { appFolder } from "../places";
import { tinySizes } from "../testing/bench";

/**
 * Stand-ins for the published packages, with as much as is driven of each: the real ones are 400 MB.
 * `npm run bench -- setup-peers` gets those.
 */
const standIns = {
  "@genai-fi/nanogpt/package.json": `{ "version": "0.0.1", "type": "module" }`,
  "@genai-fi/nanogpt/dist/main.js": `
    import * as tf from "@tensorflow/tfjs-core";
    if (typeof window === "undefined") throw new Error("expected a window");
    export const models = {
      NanoGPTV1: class {
        constructor(config) { this.config = config; }
        forward({ training, cache }, ids) {
          if (training || ids.shape.join() !== "1,1") throw new Error("expected one token");
          for (const block of cache) { block.k ??= tf.keep(tf.ones([1])); block.v ??= tf.keep(tf.ones([1])); }
          return tf.ones([1, 1, this.config.vocabSize]);
        }
      },
    };`,
  "@genai-fi/nanogpt/dist/backend.js": `
    import * as tf from "@tensorflow/tfjs-core";
    import "@tensorflow/tfjs-backend-cpu";
    export const selectBackend = (name) => tf.setBackend(name);`,
  "@genai-fi/nanogpt/dist/training/BasicTrainer.js": `
    import * as tf from "@tensorflow/tfjs-core";
    export default class {
      constructor({ config }) { this.config = config; }
      trainStep(_, { xs, ys }) {
        const { blockSize, nLayer, nHead, nEmbed } = this.config;
        const got = [...xs.shape, ...ys.shape, blockSize, nLayer, nHead, nEmbed].join();
        if (got !== "3,5,3,5,5,1,2,8") throw new Error("got " + got);
        return tf.scalar(1);
      }
    }`,
  "gpt-tfjs/package.json": `{ "version": "0.0.2", "main": "index.js" }`,
  "gpt-tfjs/index.js": `
    const tf = require("@tensorflow/tfjs");
    const GPTLMHeadModel = ({ vocabSize, blockSize, nLayer, nHead, nEmbd }) => {
      if ([nLayer, nHead, nEmbd, blockSize].join() !== "1,2,8,5") throw new Error("other sizes");
      const model = tf.sequential();
      model.add(tf.layers.embedding({ inputDim: vocabSize, outputDim: vocabSize, inputLength: blockSize }));
      return { model, generate: async (ids, { maxNewTokens }) => {
        if (maxNewTokens !== 4) throw new Error("other tokens");
      } };
    };
    exports.model = { GPTLMHeadModel };
    exports.optimizers = { clipByGlobalNormObj: (gradients) => gradients };`,
  "@tensorflow/tfjs/package.json": `{ "version": "4.22.0", "main": "index.js" }`,
  "@tensorflow/tfjs/index.js": `
    const layers = require("@tensorflow/tfjs-layers");
    module.exports = { ...require("@tensorflow/tfjs-core"), ...layers };`,
};

let folder = "";
beforeAll(async () => {
  mkdirSync(join(appFolder, "dist"), { recursive: true });
  folder = mkdtempSync(join(appFolder, "dist", "published-"));
  const script = "python/torch_bench.py";
  cpSync(join(appFolder, script), join(folder, script), { recursive: true });
  await bundleBench(appFolder, join(folder, "dist"));
  for (const [name, text] of Object.entries(standIns)) {
    const file = join(folder, ".cache", "peers", "node_modules", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a peer's program prints when it is asked for one turn. */
function linesOf(peer: string, work: object): unknown[] {
  const request = JSON.stringify({ work, backend: "cpu", runs: 2 });
  const { stdout } = spawnSync(process.execPath, [join(folder, "dist", `${peer}.mjs`), request], {
    input: "go\n",
    encoding: "utf8",
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const turn = {
  ms: [expect.any(Number), expect.any(Number)],
  peakRssBytes: expect.any(Number),
};

test.each([
  ["genai", "step", "@genai-fi/nanogpt 0.0.1"],
  ["genai", "generate", "@genai-fi/nanogpt 0.0.1"],
  ["gpt-tfjs", "step", "gpt-tfjs 0.0.2"],
  ["gpt-tfjs", "generate", "gpt-tfjs 0.0.2"],
])("drives %s through a turn of %s", (peer, kind, version) => {
  expect(linesOf(peer, { kind, config: tinySizes })).toEqual([
    { version, device: expect.stringMatching(/^(cpu|CPU)/) },
    turn,
  ]);
});

test.each(["genai", "gpt-tfjs"])("%s has no attention of its own, and says so", (peer) => {
  expect(linesOf(peer, { kind: "attention", length: 8 })).toEqual([
    { error: "has no attention apart from its model" },
  ]);
});

test("tells the package's own error", () => {
  const config = { ...tinySizes, layers: 3 };
  expect(linesOf("genai", { kind: "step", config }).at(-1)).toEqual({
    error: "got 3,5,3,5,5,3,2,8",
  });
});
