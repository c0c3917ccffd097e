import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { AttentionOptions } from "./attention";
import { bools, made, madeBool, sizes } from "./plain-attention";

const { batch, heads, queries, keys } = sizes;

/** Every option alone and many at once, for scores of the sizes that plain-attention.ts has. */
export const optionCases: [string, () => AttentionOptions][] = [
  ["plain", () => ({})],
  ["scale", () => ({ scale: 0.3 })],
  ["causal", () => ({ mask: { causal: true } })],
  ["a window", () => ({ mask: { window: { before: 1, after: 1 } } })],
  ["a prefix", () => ({ mask: { prefix: 4 } })],
  ["keys", () => ({ mask: { keys: madeBool(bools([batch, keys]), [batch, keys]) as Tensor2D } })],
  ["dense", () => ({ mask: { dense: madeBool(bools([heads, 1, keys]), [heads, 1, keys]) } })],
  ["bias", () => ({ bias: made([batch, 1, queries, keys], 3) })],
  ["bias of a head", () => ({ bias: made([heads, 1, 1], 3) })],
  ["dropout", () => ({ dropout: { rate: 0.4, seed: 3 } })],
  [
    "all at once",
    () => ({
      mask: { causal: true, dense: madeBool(bools([queries, keys], 9), [queries, keys]) },
      bias: made([heads, queries, keys], 3),
      dropout: { rate: 0.4, seed: 3 },
    }),
  ],
];
