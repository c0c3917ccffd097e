import { type Tensor2D, type Tensor3D, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { Linear, normal, type Positional, Rng, spanOf } from "@tx/core";
import { LayerNorm } from "@tx/norm";
import { matMul } from "@tx/ops";
import { learned } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  CausalLanguageModel,
  type CausalLanguageModelParts,
  Decoder,
  type DecoderParts,
  Embeddings,
  standardBlock,
} from "./index";

const [VOCAB, D_MODEL] = [11, 6];
const ids = (...rows: number[][]): Tensor2D => tensor2d(rows, undefined, "int32");

function modelOf({
  head,
  ...options
}: Partial<DecoderParts> & Pick<CausalLanguageModelParts, "head"> = {}) {
  const rng = new Rng(3);
  const parts = {
    embedding: new Embeddings({
      ...{ vocabSize: VOCAB, dModel: D_MODEL, init: normal(1, rng), rng },
    }),
    decoder: new Decoder({
      blocks: [0, 1].map(() =>
        standardBlock({ dModel: D_MODEL, heads: 2, rng, init: normal(1, rng) }),
      ),
      norm: new LayerNorm(D_MODEL),
      ...options,
    }),
  };
  return new CausalLanguageModel({ ...parts, head }, { name: "mine" });
}

test("goes through embedding, blocks, norm and the embedding's table", async () => {
  const model = modelOf();
  const tokens = ids([3, 1, 4], [1, 5, 9]);
  let x: Tensor3D = model.embedding.forward(tokens);
  for (const block of model.decoder.blocks) x = block.forward(x, { mask: { causal: true } });
  const wanted = matMul(model.decoder.norm!.forward(x), model.embedding.table, {
    transposeB: true,
  });
  const logits = model.forward(tokens);
  expect(logits.shape).toEqual([2, 3, VOCAB]);
  await expectClose(logits, wanted);
});

test("a head of its own takes the table's place", async () => {
  const head = new Linear(D_MODEL, 5, { init: normal(1, new Rng(4)) });
  const model = modelOf({ head, blocks: [] });
  const tokens = ids([3, 1, 4]);
  const wanted = head.forward(model.decoder.norm!.forward(model.embedding.forward(tokens)));
  await expectClose(model.forward(tokens), wanted);
});

test("positions are embedded once, and given to every block with its number", () => {
  const calls: unknown[] = [];
  const positional: Positional = {
    kind: "test",
    toJSON: () => ({ kind: "test", version: 1 }),
    embed(x, span) {
      calls.push(["embed", span]);
      return x;
    },
    bias(heads, span, layer) {
      calls.push(["bias", span, layer, heads]);
      return zeros([heads, span.q.len, span.k.len]);
    },
  };
  modelOf({ positional }).forward(ids([3, 1, 4]));
  const span = spanOf(3);
  expect(calls).toEqual([
    ["embed", span],
    ["bias", span, 0, 2],
    ["bias", span, 1, 2],
  ]);
});

test("knows its longest sequence from its positions, and keeps its config", () => {
  expect(modelOf().maxLen).toBe(Number.POSITIVE_INFINITY);
  const positional = learned({ maxLen: 5, dModel: D_MODEL, rng: new Rng(1) });
  expect(modelOf({ positional }).maxLen).toBe(5);
  expect(modelOf().config).toEqual({ name: "mine" });
});

test("refuses ids that do not fit, and leaves nothing behind", async () => {
  const model = modelOf({
    positional: learned({ maxLen: 5, dModel: D_MODEL, rng: new Rng(1) }),
  });
  const [long, real] = [ids([1, 2, 3, 4, 5, 6]), zeros([2, 3]) as Tensor2D];
  const row = zeros([3], "int32") as unknown as Tensor2D;
  await expectNoLeak(() => {
    expect(() => model.forward(long)).toThrow(
      new RangeError("ids: expected at most 5 tokens, got 6"),
    );
    expect(() => model.forward(real)).toThrow(new RangeError("ids: expected int32, got float32"));
    expect(() => model.forward(row)).toThrow("ids: expected [batch, seq], got [3]");
  });
});

test("a forward leaves its logits only", async () => {
  const [model, tokens] = [modelOf(), ids([3, 1, 4])];
  await expectNoLeak(() => model.forward(tokens).dispose());
});
