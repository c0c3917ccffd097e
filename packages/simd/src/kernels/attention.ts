import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";
import {
  type AttentionAttributes,
  type AttentionInputs,
  type AttentionOperands,
  type AttentionSizes,
  callArguments,
  costOf,
  headsFirst,
  sizesOf,
  withFloats,
} from "./attention-call";
import { type AttentionGradInputs, attentionGradient } from "./attention-gradient";

/** Room in the scratch memory for the queries of a block, in numbers. */
const QUERY_ROOM = 32_768;
/** Numbers of a tile of keys and values together that leave the first cache room for the rest. */
const TILE_ROOM = 8192;

/** [output, logSumExp] */
function attend(
  backend: SimdBackend,
  inputs: AttentionInputs,
  attrs: AttentionAttributes,
): TensorInfo[] {
  const sizes = sizesOf(inputs, attrs);
  const { batch, heads, queries, valueDim } = sizes;
  const output = backend.output(headsFirst([batch, heads, queries, valueDim], attrs.layout));
  const logSumExp = backend.output([2, batch, heads, queries]);
  const addressOf = (info: TensorInfo) => backend.addressOf(info);
  runAttention(backend, addressOf, { ...inputs, output, logSumExp }, attrs, sizes);
  return [output, logSumExp];
}

/** Runs the kernel on operands of any kind, once somebody says where each lies. */
export function runAttention<Operand extends { readonly shape: readonly number[] }>(
  backend: SimdBackend,
  addressOf: (operand: Operand) => number,
  operands: AttentionOperands<Operand>,
  attrs: AttentionAttributes,
  sizes: AttentionSizes,
): void {
  const { batch, heads, queries, headDim, valueDim } = sizes;
  const block = [64, 32, 16].find((rows) => rows * headDim <= QUERY_ROOM) ?? 8;
  const keys = 8 * Math.floor(TILE_ROOM / Math.max(1, headDim + valueDim) / 8);
  const tile = Math.min(128, Math.max(32, keys));
  const args = callArguments(addressOf, operands, attrs, sizes);
  args.push(block, tile);
  const units = batch * heads * Math.ceil(queries / block);
  backend.run("attention", args, units, costOf(sizes, attrs, headDim + valueDim));
}

export const attentionKernels = [
  simdKernel<AttentionInputs, AttentionAttributes>("TxAttention", ({ inputs, attrs, backend }) =>
    withFloats(backend, inputs, ["query", "key", "value", "bias"], (floats) =>
      attend(backend, floats, attrs),
    ),
  ),
  simdKernel<AttentionGradInputs, AttentionAttributes>(
    "TxAttentionGrad",
    ({ inputs, attrs, backend }) =>
      withFloats(backend, inputs, ["query", "key", "value", "bias", "dy"], (floats) =>
        attentionGradient(backend, floats, attrs),
      ),
  ),
];
