import { tensor2d, tidy } from "@tensorflow/tfjs-core";
import { Rng, stateOf } from "@tx/core";
import { modelFromConfig } from "@tx/model";
import { expectNoLeak } from "@tx/testing";
import { describe, expect, it } from "vitest";
import { type Config, defaults } from "../config/config";
import { buildModel, decoderModel } from "../parts/build-model";
import { namesOf } from "../parts/part";
import { positionals } from "../parts/positionals";
import { asPreset } from "./as-preset";
import { presetConfigOf } from "./preset-config";

const small: Config = { ...defaults, layers: 2, heads: 2, dModel: 12, length: 7 };
const sizes = { vocabSize: 11, maxLen: 7 };
const other: Partial<Config> = { norm: "rms", ffn: "geglu", bias: false, tied: false };

describe.each([
  ["gpt", {}],
  ["llama", other],
])("%s", (kind, parts) => {
  it.each(namesOf(positionals))("has the run's model with %s positions", (positional) =>
    expectNoLeak(async () => {
      const config = { ...small, ...parts, positional };
      const model = decoderModel(buildModel(config, sizes, new Rng(3)));
      const preset = asPreset(model, presetConfigOf(model, config, sizes.maxLen));
      expect(preset.config).toMatchObject({ kind, maxLen: 7, vocabSize: 11 });
      const ids = tensor2d([[3, 1, 4, 1, 5]], undefined, "int32");
      const again = modelFromConfig(preset.config as never, new Rng(5));
      expect([...stateOf(again).keys()]).toEqual([...stateOf(model).keys()]);
      const read = (of: typeof model) => tidy(() => of.forward(ids).dataSync());
      const logits = read(model);
      expect(read(preset as never)).toEqual(logits);
      expect(new Set(logits).size).toBeGreaterThan(40);
      for (const one of [model, preset, again, ids]) one.dispose();
    }),
  );
});

it("refuses weights of another shape by their path, and leaves nothing", () =>
  expectNoLeak(() => {
    const model = decoderModel(buildModel(small, sizes, new Rng(3)));
    const config = { ...presetConfigOf(model, small, 7), dFF: 20 };
    expect(() => asPreset(model, config)).toThrow(
      "decoder.blocks.0.feedForward.expand.kernel: expected 12 × 20, as the preset gpt has it, got 12 × 48",
    );
    model.dispose();
  }));
