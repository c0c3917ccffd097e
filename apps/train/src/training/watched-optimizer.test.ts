import { expect, it } from "vitest";
import { layerOf } from "./watched-optimizer";

it.each([
  ["decoder.blocks.3.attention.query.kernel", "decoder.blocks.3"],
  ["encoder.blocks.0.feedForward.expand.bias", "encoder.blocks.0"],
  ["decoder.norm.gain", "decoder.norm"],
  ["positional.embedding.table", "positional"],
  ["embedding.table", "embedding"],
  ["head.kernel", "head"],
])("counts %s to %s", (path, layer) => {
  expect(layerOf(path)).toBe(layer);
});
