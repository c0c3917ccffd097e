import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Mask } from "@tx/core";
import type { CaseReader } from "../case-reader";
import type { CaseTensor, GoldenCase } from "../golden-case";
import { causalMask, inputMask, joined, keyMask } from "./masks";
import { axis, inputsAre } from "./shape-of-case";

/** Attention on given heads: what the kinds that have q, k and v share. */
export interface HeadsOfCase {
  readonly inputs: { readonly q: CaseTensor; readonly k: CaseTensor; readonly v: CaseTensor };
  readonly cotangent: CaseTensor | undefined;
  readonly sizes: { batch: number; heads: number; queries: number; keys: number; headDim: number };
  /** The case's causal mask and those among its inputs; undefined if there is none. */
  mask(): Mask | undefined;
}

/** Whether a case gives query, key and value heads. */
export function givesHeads(golden: GoldenCase): boolean {
  return inputsAre(golden, ["q", "k", "v"], ["mask", "key_padding_mask", "cotangent"]);
}

export function readHeads(reader: CaseReader): HeadsOfCase {
  const [q, k, v] = [reader.input("q"), reader.input("k"), reader.input("v")];
  const [batch, heads, queries, headDim] = q.shape as [number, number, number, number];
  const sizes = { batch, heads, queries, keys: axis(k, 2), headDim };
  reader.sizes({ heads, headDim, kvHeads: axis(k, 1) });
  const given = reader.optionalInput("mask");
  const kept = reader.optionalInput("key_padding_mask");
  const masks = [causalMask(reader), given && inputMask(given, sizes), kept && keyMask(kept)];
  return {
    inputs: { q, k, v },
    cotangent: reader.optionalInput("cotangent"),
    sizes,
    mask: () => joined(masks),
  };
}

/** The tensors of readHeads's inputs, by name. */
export function headTensors(
  inputs: Readonly<Record<string, Tensor>>,
): [Tensor4D, Tensor4D, Tensor4D] {
  return [inputs.q, inputs.k, inputs.v] as [Tensor4D, Tensor4D, Tensor4D];
}
