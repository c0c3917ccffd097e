import { slice, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { learned } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  Decoder,
  Embeddings,
  Encoder,
  EncoderDecoderModel,
  standardBlock,
  t5,
  t5Sizes,
  vanillaTransformer,
  vanillaTransformerSizes,
} from "./index";
import { ids } from "./testing/presets";

const CLOSE = { atol: 1e-5 };
const bools = (...rows: number[][]): Tensor2D => tensor2d(rows, undefined, "bool");
const models: [string, () => EncoderDecoderModel][] = [
  ["vanilla", () => vanillaTransformer({ ...vanillaTransformerSizes.tiny, rng: new Rng(3) })],
  ["t5", () => t5({ ...t5Sizes.tiny, rng: new Rng(3) })],
];

test.each(models)(
  "%s: padding of the source on either side makes no difference",
  async (_, make) => {
    const [model, target] = [make(), ids([1, 5, 9])];
    const wanted = model.forward(ids([7, 2, 8]), target);
    for (const [source, sourceVisible] of [
      [ids([7, 2, 8, 0, 0]), bools([1, 1, 1, 0, 0])],
      [ids([3, 4, 7, 2, 8]), bools([0, 0, 1, 1, 1])],
    ] as const) {
      await expectClose(model.forward(source, target, { sourceVisible }), wanted, CLOSE);
    }
  },
);

test.each(models)(
  "%s: padding of the target does neither, and no token sees later ones",
  async (_, make) => {
    const [model, source] = [make(), ids([7, 2, 8])];
    const wanted = model.forward(source, ids([1, 5, 9]));
    const padded = model.forward(source, ids([4, 4, 1, 5, 9]), {
      targetVisible: bools([0, 0, 1, 1, 1]),
    });
    await expectClose(slice(padded, [0, 2, 0], [1, 3, -1]), wanted, CLOSE);
    const longer = model.forward(source, ids([1, 5, 9, 12]));
    await expectClose(slice(longer, [0, 0, 0], [1, 3, -1]), wanted, CLOSE);
  },
);

test.each(models)("%s: decoding in steps with caches is one pass", async (_, make) => {
  const [model, source] = [make(), ids([7, 2, 8, 1], [5, 3, 0, 0])];
  const memoryVisible = bools([1, 1, 1, 1], [1, 1, 0, 0]);
  const target = ids([1, 5, 9], [1, 2, 6]);
  const wanted = model.forward(source, target, { sourceVisible: memoryVisible });
  const memory = model.encode(source, { visible: memoryVisible });
  const caches = model.newCaches(memory, { maxLen: 3, memoryVisible });
  for (let place = 0; place < 3; place++) {
    const logits = model.decode(slice(target, [0, place], [2, 1]), { caches });
    await expectClose(logits, slice(wanted, [0, place, 0], [2, 1, -1]), CLOSE);
  }
});

test("source and target may have vocabularies of their own", () => {
  const rng = new Rng(3);
  const block = (cross: boolean) => standardBlock({ dModel: 6, heads: 2, cross, rng });
  const model = new EncoderDecoderModel(
    {
      embedding: new Embeddings({ vocabSize: 7, dModel: 6, rng }),
      targetEmbedding: new Embeddings({ vocabSize: 5, dModel: 6, rng }),
      encoder: new Encoder({ blocks: [block(false)] }),
      decoder: new Decoder({ blocks: [block(true)] }),
    },
    { name: "mine" },
  );
  expect(model.vocabSize).toBe(5);
  expect(model.maxLen).toBe(Number.POSITIVE_INFINITY);
  expect(model.forward(ids([6, 1]), ids([4, 2, 1])).shape).toEqual([1, 3, 5]);
  expect([...model.parameters().keys()].filter((path) => path.includes("table"))).toEqual([
    "embedding.table",
    "targetEmbedding.table",
  ]);
});

test("notes down both sides, and leaves that and its output only", async () => {
  const [model, source, target] = [models[0]![1](), ids([7, 2]), ids([1, 5, 9])];
  await expectNoLeak(() => {
    const inspect = {
      encoder: { attention: [] as Tensor[] },
      decoder: { attention: [] as Tensor[], crossAttention: [] as Tensor[] },
    };
    const logits = model.forward(source, target, { inspect: inspect as object });
    const { encoder, decoder } = inspect;
    const noted = [...encoder.attention, ...decoder.attention, ...decoder.crossAttention];
    expect(noted.map(({ isDisposed }) => isDisposed)).toEqual(Array(6).fill(false));
    expect(encoder.attention.map(({ shape }) => shape)).toEqual(Array(2).fill([1, 2, 2, 2]));
    expect(decoder.crossAttention.map(({ shape }) => shape)).toEqual(Array(2).fill([1, 2, 3, 2]));
    for (const made of [logits, ...noted]) made.dispose();
  });
});

test("refuses what does not fit, and leaves nothing behind", async () => {
  const positional = learned({ maxLen: 4, dModel: 6, rng: new Rng(1) });
  const model = vanillaTransformer({
    ...{ ...vanillaTransformerSizes.tiny, positional, rng: new Rng(3) },
  });
  const [source, long, flat] = [ids([1, 2]), ids([1, 2, 3, 4, 5]), tensor2d([[1.5, 2]])];
  const visible = bools([1, 1, 1]);
  await expectNoLeak(() => {
    const tooLong = (name: string) => new RangeError(`${name}: expected at most 4 tokens, got 5`);
    expect(() => model.forward(long, source)).toThrow(tooLong("source"));
    expect(() => model.forward(source, long)).toThrow(tooLong("target"));
    expect(() => model.forward(flat, source)).toThrow("ids: expected int32, got float32");
    expect(() => model.forward(source, flat)).toThrow("ids: expected int32, got float32");
    expect(() => model.forward(source, source, { sourceVisible: visible })).toThrow(
      "visible: expected [1, 2], got [1, 3]",
    );
    expect(() => model.decode(source, {})).toThrow(
      "memory: expected something for cross-attention to read, got none",
    );
  });
});

test("refuses a decoder that reads no source", () => {
  const { embedding, encoder } = models[0]![1]();
  const decoder = new Decoder({ blocks: encoder.blocks });
  expect(() => new EncoderDecoderModel({ embedding, encoder, decoder }, null)).toThrow(
    new RangeError("decoder: expected blocks with cross-attention, got none"),
  );
});
