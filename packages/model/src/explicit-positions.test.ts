import {
  concat,
  randomNormal,
  slice,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { and, causal, documentsFromIds, MultiHeadAttention } from "@tx/attention";
import { type Mask, type Positional, Rng, type Span } from "@tx/core";
import {
  alibi,
  combined,
  documentPositions,
  learned,
  rope,
  shaw,
  t5Bias,
  transformerXL,
  visiblePositions,
} from "@tx/positional";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";

const [D_MODEL, HEADS, HEAD_DIM] = [8, 2, 4];
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const rng = () => new Rng(2);
const xl = (clampLen?: number) =>
  transformerXL({ dModel: 7, heads: HEADS, headDim: HEAD_DIM, clampLen, rng: rng() });
const strategies: [string, () => Positional][] = [
  ["learned", () => learned({ maxLen: 5, dModel: D_MODEL, rng: rng() })],
  ["rope", () => rope({ headDim: HEAD_DIM })],
  ["t5", () => t5Bias({ heads: HEADS, rng: rng() })],
  ["shaw", () => shaw({ headDim: HEAD_DIM, clip: 2, rng: rng() })],
  ["transformer-xl", () => xl()],
  ["transformer-xl, clamped", () => xl(2)],
  ["rope and alibi", () => combined([rope({ headDim: HEAD_DIM }), alibi()])],
];

const layer = () => new MultiHeadAttention({ dModel: D_MODEL, heads: HEADS, rng: rng() });
const random = (batch: number, len: number, seed: number) =>
  randomNormal([batch, len, D_MODEL], 0, 3, "float32", seed) as Tensor3D;
const rows = (x: Tensor3D, batch: number, from: number, len: number) =>
  slice(x, [batch, from, 0], [1, len, -1]);

/** Attention on embeddings with positions, of a strategy whose weights count. */
function attended(make: () => Positional) {
  const [positional, attention] = [make(), layer()];
  const own = (positional as { parameters?: typeof attention.parameters }).parameters;
  tidy(() => {
    let seed = 1;
    for (const parameter of [
      ...attention.parameters().values(),
      ...(own?.call(positional).values() ?? []),
    ]) {
      parameter.assign(randomNormal(parameter.shape, 0, 0.5, "float32", seed++));
    }
  });
  return (x: Tensor3D, mask: Mask, ids?: Tensor2D): Tensor3D => {
    const side = { start: 0, len: x.shape[1], ...(ids && { ids }) };
    const span: Span = { q: side, k: side };
    const embedded = positional.embed?.(x, span) ?? x;
    return attention.forward(embedded, { mask, positional, span });
  };
}

test.each(strategies)("padding on the left changes nothing in the tokens: %s", async (_, make) => {
  const attend = attended(make);
  const x = random(2, 5, 7);
  const visible = tensor2d([0, 0, 1, 1, 1, 1, 1, 1, 1, 1], [2, 5], "bool");
  const mask = and(causal(), { keys: visible });
  const padded = attend(x, mask, visiblePositions(visible));
  await expectClose(rows(padded, 0, 2, 3), attend(rows(x, 0, 2, 3), causal()), NEAR);
  await expectClose(rows(padded, 1, 0, 5), attend(rows(x, 1, 0, 5), causal()), NEAR);
  expect(padded.shape).toEqual([2, 5, D_MODEL]);
});

test.each(strategies)("documents in one row are as each alone: %s", async (_, make) => {
  const attend = attended(make);
  const x = random(1, 7, 8);
  const documents = tensor2d([[0, 0, 0, 1, 1, 1, 1]], undefined, "int32");
  const packed = attend(
    x,
    and(causal(), documentsFromIds(documents)),
    documentPositions(documents),
  );
  const alone = [rows(x, 0, 0, 3), rows(x, 0, 3, 4)].map((document) => attend(document, causal()));
  await expectClose(packed, concat(alone, 1), NEAR);
});
