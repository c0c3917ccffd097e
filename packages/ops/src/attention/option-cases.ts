import { type Tensor2D, tensor } from "@tensorflow/tfjs-core";
import type { AttentionOptions } from "./attention";
import { bools, made, madeBool, type sizes } from "./plain-attention";

/** Every option alone and many at once, for scores of such sizes. */
export function optionCases({
  batch,
  heads,
  queries,
  keys,
}: typeof sizes): [string, () => AttentionOptions][] {
  const mask = (shape: number[], shift = 0) => madeBool(bools(shape, shift), shape);
  const ids = (tokens: number) =>
    tensor(
      Array.from({ length: batch * tokens }, (_, n) => Math.floor((n % tokens) / 2)),
      [batch, tokens],
      "int32",
    ) as Tensor2D;
  const documents = () => ({ queries: ids(queries), keys: ids(keys) });
  return [
    ["plain", () => ({})],
    ["scale", () => ({ scale: 0.3 })],
    ["causal", () => ({ mask: { causal: true } })],
    ["a window", () => ({ mask: { window: { before: 1, after: 1 } } })],
    ["a causal window", () => ({ mask: { causal: true, window: { before: 2 } } })],
    ["a prefix", () => ({ mask: { prefix: 4 } })],
    ["documents", () => ({ mask: { documents: documents() } })],
    ["keys", () => ({ mask: { keys: mask([batch, keys]) as Tensor2D } })],
    ["dense of keys", () => ({ mask: { dense: mask([heads, 1, keys]) } })],
    ["dense of all", () => ({ mask: { dense: mask([batch, heads, queries, keys]) } })],
    ["dense of queries", () => ({ mask: { dense: mask([batch, 1, queries, 1]) } })],
    ["dropout", () => ({ dropout: { rate: 0.4, seed: 3 } })],
    ["bias of scores", () => ({ bias: made([batch, 1, queries, keys], 3) })],
    [
      "all at once",
      () => ({
        mask: { causal: true, dense: mask([queries, keys], 9), documents: documents() },
        bias: made([heads, queries, keys], 3),
        dropout: { rate: 0.4, seed: 3 },
      }),
    ],
  ];
}
