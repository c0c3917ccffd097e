import { Rng } from "@tx/core";
import { LayerNorm } from "@tx/norm";
import { Decoder, type DecoderParts } from "../decoder";
import { Encoder, type EncoderParts } from "../encoder";
import { type StandardBlockOptions, standardBlock } from "../standard-block";
import { drawn } from "./drawn";

export const D_MODEL = 6;

type StackOptions = { layers?: number; block?: Partial<StandardBlockOptions> };

function blocksOf({ layers = 2, block = {} }: StackOptions, cross: boolean) {
  const options = { dModel: D_MODEL, heads: 2, dFF: 7, cross, rng: new Rng(3), ...block };
  return Array.from({ length: layers }, () => standardBlock(options));
}

/** An encoder of two blocks with a final norm, of large weights. */
export function encoderOf(options: StackOptions & Partial<EncoderParts> = {}): Encoder {
  const { layers, block, ...parts } = options;
  const blocks = blocksOf({ ...(layers && { layers }), ...(block && { block }) }, false);
  return drawn(new Encoder({ blocks, norm: new LayerNorm(D_MODEL), ...parts }), 100);
}

/** A decoder of two blocks with a final norm, of large weights. */
export function decoderOf(
  options: StackOptions & Partial<DecoderParts> & { cross?: boolean } = {},
): Decoder {
  const { layers, block, cross = false, ...parts } = options;
  const blocks = blocksOf({ ...(layers && { layers }), ...(block && { block }) }, cross);
  return drawn(new Decoder({ blocks, norm: new LayerNorm(D_MODEL), ...parts }), 200);
}
