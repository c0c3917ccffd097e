import { mul, type Tensor } from "@tensorflow/tfjs-core";
import { type Module, Rng } from "@tx/core";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import {
  bert,
  bertSizes,
  llama,
  llamaSizes,
  type T5Options,
  TiedHead,
  t5,
  t5Sizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "./index";
import { ids } from "./testing/presets";

const rng = () => new Rng(3);

async function expectDeviation(model: Module, path: string, wanted: number): Promise<void> {
  const numbers = [...(await model.parameters().get(path)!.data())];
  const deviation = Math.sqrt(numbers.reduce((sum, y) => sum + y * y, 0) / numbers.length);
  expect(Math.abs(deviation / wanted - 1), path).toBeLessThan(0.1);
}

test("the Transformer begins as Xavier says, with one table for all", async () => {
  const model = vanillaTransformer({ ...vanillaTransformerSizes.small, rng: rng() });
  const xavier = (inputs: number, outputs: number) => Math.sqrt(2 / (inputs + outputs));
  await expectDeviation(model, "embedding.table", xavier(101, 128));
  await expectDeviation(model, "encoder.blocks.1.attention.query.kernel", xavier(128, 128));
  await expectDeviation(model, "decoder.blocks.1.feedForward.contract.kernel", xavier(512, 128));
  expect(model.targetEmbedding).toBe(model.embedding);
  expect((model.head as TiedHead).table).toBe(model.embedding.table);
  expect(model.embedding.scaled).toBe(true);
});

test("the Transformer drops of sums and sub-layers, not within", () => {
  const { encoder, embedding } = vanillaTransformer({
    ...{ ...vanillaTransformerSizes.tiny, rng: rng() },
  });
  const [block] = encoder.blocks;
  expect(embedding.dropout.rate).toBe(0.1);
  expect(block!.attentionResidual.dropout.rate).toBe(0.1);
  expect(block!.attention.dropout.rate).toBe(0);
  expect(block!.attentionResidual.policy).toBe("postNorm");
  expect([encoder.norm, block!.feedForwardResidual.norm]).toEqual([undefined, expect.anything()]);
});

test("T5 begins by what each kernel sums over", async () => {
  const model = t5({ ...t5Sizes.small, rng: rng() });
  await expectDeviation(model, "embedding.table", 1);
  await expectDeviation(model, "encoder.positional.table", 128 ** -0.5);
  await expectDeviation(model, "encoder.blocks.0.attention.query.kernel", (128 * 32) ** -0.5);
  await expectDeviation(model, "encoder.blocks.0.attention.key.kernel", 128 ** -0.5);
  await expectDeviation(model, "decoder.blocks.0.crossAttention.query.kernel", (128 * 32) ** -0.5);
  await expectDeviation(model, "decoder.blocks.0.feedForward.contract.kernel", 512 ** -0.5);
});

test("T5's tied logits are scaled by the root of its width; 1.1 has a gate and its own head", async () => {
  const modelOf = (options: Partial<T5Options>) => t5({ ...t5Sizes.tiny, rng: rng(), ...options });
  const model = modelOf({});
  const plain = new TiedHead(model.embedding.table);
  const scaled = model.forward(ids([1, 2, 3]), ids([4, 5]));
  Object.assign(model, { head: plain });
  const unscaled = model.forward(ids([1, 2, 3]), ids([4, 5]));
  await expectClose(scaled, mul(unscaled, 6 ** -0.5));
  const { parameters, config } = ((second) => ({
    parameters: [...second.parameters().keys()],
    config: second.config,
  }))(modelOf({ gated: true, tied: false }));
  expect(config.activation).toBe("gelu-tanh");
  expect(parameters).toContain("decoder.blocks.1.feedForward.gate.kernel");
  expect(parameters.at(-1)).toBe("head.kernel");
  expect(parameters.filter((path) => path.includes("positional"))).toEqual([
    "encoder.positional.table",
    "decoder.positional.table",
  ]);
});

test("Llama groups queries, norms by RMSNorm and has no biases", () => {
  const model = llama({ ...llamaSizes.tiny, rng: rng() });
  const paths = [...model.parameters().keys()];
  expect(paths.filter((path) => path.endsWith("bias"))).toEqual([]);
  expect(model.decoder.blocks[0]!.attention.kvHeads).toBe(2);
  const third = { ...llamaSizes.tiny, ropeBase: 500_000, rng: rng() };
  const scaling = { type: "llama3", factor: 8, originalMaxLen: 4 } as const;
  const turned = llama({ ...third, ropeScaling: scaling }).config.positional;
  expect(turned).toMatchObject({ kind: "rope", base: 500_000, scaling });
  expect(() => llama({ ...third, kvHeads: 3 })).toThrow(
    new RangeError("kvHeads: expected a divisor of heads=4, got 3"),
  );
});

test("BERT begins with deviations of 0.02, drops of attention too, and norms with its eps", async () => {
  const model = bert({ ...bertSizes.small, rng: rng() });
  for (const path of ["embedding.table", "positional.embedding.table", "head.dense.kernel"]) {
    await expectDeviation(model, path, 0.02);
  }
  const [block] = model.encoder.blocks;
  expect([block!.attention.dropout.rate, model.embedding.dropout.rate]).toEqual([0.1, 0.1]);
  expect(model.embedding.norm).toMatchObject({ eps: 1e-12 });
  const logits: Tensor = model.forward(ids([1, 2]));
  expect(logits.shape).toEqual([1, 2, 101]);
});
