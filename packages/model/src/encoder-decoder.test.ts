import {
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { Embedding, normal, Rng } from "@tx/core";
import { matMul } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  EncoderDecoder,
  generate,
  generateBatch,
  generateBeams,
  type NextTokenModel,
} from "./index";
import { streamOf } from "./testing/drawn";
import { D_MODEL, decoderOf, encoderOf } from "./testing/stacks";

const NEAR = { rtol: 1e-4, atol: 1e-5 };
const modelOf = () =>
  new EncoderDecoder({ encoder: encoderOf(), decoder: decoderOf({ cross: true }) });
const source = () => streamOf([2, 7, D_MODEL], 51);
const target = () => streamOf([2, 4, D_MODEL], 52);
const visible = (...rows: number[][]) => tensor2d(rows, undefined, "bool") as Tensor2D;
const sourceShown = () => visible([1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1]);

test("the decoder reads what the encoder made, and neither sees the source's padding", async () => {
  const model = modelOf();
  const [sourceVisible, targetVisible] = [sourceShown(), visible([1, 1, 0, 0], [1, 1, 1, 1])];
  const memory = model.encoder.forward(source(), { visible: sourceVisible });
  const wanted = model.decoder.forward(target(), {
    ...{ memory, memoryVisible: sourceVisible, visible: targetVisible },
  });
  const output = model.forward(source(), target(), { sourceVisible, targetVisible });
  expect(output.shape).toEqual([2, 4, D_MODEL]);
  await expectClose(output, wanted);
  const alone = model.forward(
    slice(source(), [0, 0, 0], [1, 4, -1]),
    slice(target(), [0, 0, 0], [1, 2, -1]),
  );
  await expectClose(slice(output, [0, 0, 0], [1, 2, -1]), alone, NEAR);
});

test("names its parameters by side", () => {
  const paths = [...modelOf().parameters().keys()];
  expect(paths[0]).toBe("encoder.blocks.0.attentionResidual.norm.gain");
  expect(paths).toContain("decoder.blocks.1.crossAttention.value.kernel");
  expect(paths.at(-1)).toBe("decoder.norm.bias");
});

test("both sides have the gradients that differences give", async () => {
  const block = { activation: "gelu" } as const;
  const model = new EncoderDecoder({
    encoder: encoderOf({ layers: 1, block }),
    decoder: decoderOf({ layers: 1, block, cross: true }),
  });
  await expectGradients((from, to) => model.forward(from as Tensor3D, to as Tensor3D), [
    streamOf([1, 3, D_MODEL], 53),
    streamOf([1, 2, D_MODEL], 54),
  ] as [Tensor, Tensor]);
});

test("notes down both sides", async () => {
  const model = modelOf();
  const inspect = {
    encoder: { attention: [] as Tensor[], hidden: [] as Tensor[] },
    decoder: { attention: [] as Tensor[], crossAttention: [] as Tensor[] },
  };
  const output = tidy(() => model.forward(source(), target(), { inspect: inspect as never }));
  await expectClose(output, model.forward(source(), target()));
  const shapes = (list: Tensor[]) => list.map(({ shape }) => shape);
  expect(shapes(inspect.encoder.attention)).toEqual(Array(2).fill([2, 2, 7, 7]));
  expect(shapes(inspect.encoder.hidden)).toEqual(Array(3).fill([2, 7, D_MODEL]));
  expect(shapes(inspect.decoder.attention)).toEqual(Array(2).fill([2, 2, 4, 4]));
  expect(shapes(inspect.decoder.crossAttention)).toEqual(Array(2).fill([2, 2, 4, 7]));
});

const VOCAB = 11;
/** The decoder as what generate asks, with what the encoder made of the source. */
function readerOf(model: EncoderDecoder, memory: Tensor3D, memoryVisible?: Tensor2D) {
  const { decoder } = model;
  const embedding = new Embedding(VOCAB, D_MODEL, { init: normal(1, new Rng(8)) });
  let calls = 0;
  const reader = (cached: boolean): NextTokenModel => ({
    ...{ vocabSize: VOCAB, maxLen: 9 },
    forward: (ids, caches, shown) => {
      calls += ids.size;
      const fixed = caches?.filter((cache) => cache.fixed);
      const x = decoder.forward(embedding.forward<Tensor3D>(ids), {
        ...{ visible: shown, caches: cached ? caches : fixed },
      });
      return matMul(x, embedding.table, { transposeB: true });
    },
    newCaches: (batch, maxLen) => decoder.newCaches({ batch, maxLen, memory, memoryVisible }),
  });
  return { reader, calls: () => calls };
}

test("text is generated with caches, token by token, as without", async () => {
  const model = modelOf();
  const memory = model.encode(slice(source(), [0, 0, 0], [1, -1, -1]));
  const { reader, calls } = readerOf(model, memory);
  const options = { maxNewTokens: 8, temperature: 0, rng: new Rng(1) };
  const cached = await generate(reader(true), [1], options);
  // Each token is read once.
  expect(calls()).toBe(8);
  const beams = { beams: 3, maxNewTokens: 5, endToken: 4, lengthPenalty: 0.6 };
  const found = await generateBeams(reader(true), [1], beams);
  expect(found.length).toBeGreaterThan(0);
  await expectNoLeak(async () => {
    await generate(reader(true), [1], options);
    await generateBeams(reader(true), [1], beams);
  });
  // By hand, without any cache.
  const greedy: number[] = [1];
  for (let n = 0; n < 8; n++) {
    const logits = tidy(() => {
      const ids = tensor2d([greedy], undefined, "int32");
      const caches = model.decoder.newCaches({ maxLen: 1, memory });
      const made = reader(false).forward(ids, caches);
      for (const cache of caches) cache.dispose();
      return slice(made, [0, n, 0], [1, 1, VOCAB]).dataSync();
    });
    greedy.push(logits.indexOf(Math.max(...logits)));
  }
  expect(cached).toEqual(greedy.slice(1));
});

test("each text of a batch reads its own source, also past the context", async () => {
  const model = modelOf();
  const memoryVisible = sourceShown();
  const memory = model.encode(source(), { visible: memoryVisible });
  const prompts = [[1, 2, 3], [5]];
  const options = { maxNewTokens: 6, temperature: 0, contextLength: 5 };
  const { reader } = readerOf(model, memory, memoryVisible);
  const texts = await generateBatch(reader(true), prompts, { ...options, rng: new Rng(1) });
  for (const [row, prompt] of prompts.entries()) {
    const [own, shown] = [memory, memoryVisible].map((t) => slice(t as Tensor, row, 1));
    const alone = readerOf(model, own as Tensor3D, shown as Tensor2D).reader(true);
    expect(await generate(alone, prompt, { ...options, rng: new Rng(1) })).toEqual(texts[row]);
  }
});

test("refuses a decoder that reads nothing", () => {
  expect(() => new EncoderDecoder({ encoder: encoderOf(), decoder: decoderOf() })).toThrow(
    new RangeError("decoder: expected blocks with cross-attention, got none"),
  );
});

test("is made, run and disposed without a leak", async () => {
  const [from, to] = [source(), target()];
  await expectNoLeak(() => {
    const model = modelOf();
    model.forward(from, to).dispose();
    model.dispose();
  });
});
