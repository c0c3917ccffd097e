import { additive, cosine, type ScoreFunction, scaledDotProduct } from "@tx/attention";
import { normal, type Rng } from "@tx/core";
import { text } from "../experiment/experiment";
import { words } from "./small-language";
import { smallModel } from "./small-model";
import type { Variant } from "./train-variants";

const D_MODEL = 32;
export const HEADS = 2;
/** Tokens that the models read at once. */
export const LENGTH = 24;

export const kinds = {
  dot: text("scaled dot product", "缩放点积"),
  additive: text("additive", "加性"),
  cosine: text("cosine", "余弦"),
};
export type Kind = keyof typeof kinds;
export const names = Object.keys(kinds) as Kind[];

export const makers: Record<Kind, (headDim: number, rng: Rng) => ScoreFunction> = {
  dot: () => scaledDotProduct(),
  additive: (queryDim, rng) => additive({ queryDim, rng }),
  cosine: () => cosine({ heads: 1 }),
};

/** A model of two layers with heads of the usual width. */
export function variantOf(kind: Kind): Variant {
  return {
    name: kind,
    label: kinds[kind],
    model: (rng) =>
      smallModel({
        ...{ vocabSize: words.length, dModel: D_MODEL, layers: 2, maxLen: LENGTH, rng },
        attention: () => ({ heads: HEADS, score: makers[kind](D_MODEL / HEADS, rng) }),
      }),
  };
}

/**
 * One layer with wide heads whose queries and keys begin with entries of variance 1, which is what
 * the question supposes.
 */
export function wideVariant(kind: "unscaled" | "dot" | "additive", headDim: number): Variant {
  const unit = (rng: Rng) => normal(1 / Math.sqrt(D_MODEL), rng);
  return {
    name: kind,
    label: kind === "unscaled" ? text("dot product, unscaled", "点积，不缩放") : kinds[kind],
    model: (rng) =>
      smallModel({
        ...{ vocabSize: words.length, dModel: D_MODEL, layers: 1, maxLen: LENGTH, rng },
        attention: () => ({
          ...{ heads: HEADS, headDim, valueHeadDim: D_MODEL / HEADS, init: unit(rng) },
          score: kind === "unscaled" ? scaledDotProduct({ scale: 1 }) : makers[kind](headDim, rng),
        }),
      }),
  };
}
