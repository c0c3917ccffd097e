import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { SimdBackend } from "../backend";
import { simdKernel } from "../simd-kernel";
import { runAttention } from "./attention";
import { mapRows } from "./linear";

interface Inputs {
  /** [batch, tokens, inputs] */
  x: TensorInfo;
  /** [inputs, heads · headDim] */
  queryKernel: TensorInfo;
  queryBias?: TensorInfo;
  /** [inputs, kvHeads · headDim] */
  keyKernel: TensorInfo;
  keyBias?: TensorInfo;
  /** [inputs, kvHeads · valueDim] */
  valueKernel: TensorInfo;
  valueBias?: TensorInfo;
  /** [heads · valueDim, outputs] */
  outputKernel: TensorInfo;
  outputBias?: TensorInfo;
  /** [batch, size, kvHeads, headDim] */
  keys: TensorInfo;
  /** [batch, size, kvHeads, valueDim] */
  values: TensorInfo;
  /** [batch, tokens, outputs] */
  residual?: TensorInfo;
}

interface Attributes {
  heads: number;
  /** Tokens that keys and values hold before. */
  held: number;
  scale: number;
  causal: boolean;
  windowBefore?: number;
  windowAfter?: number;
  prefix?: number;
}

/** Numbers that are no tensor. */
interface Place {
  readonly address: number;
  readonly shape: readonly number[];
}

/**
 * The kernels of linear, write-rows and attention one after the other, with the same arguments that
 * each gets by itself, so that the numbers are the same too; what passes between them is no tensor.
 */
const cachedAttention = simdKernel<Inputs, Attributes>(
  "TxCachedAttention",
  ({ inputs, attrs, backend }) => {
    const { x, outputKernel, keys, values, residual } = inputs;
    const [batch, tokens] = x.shape as [number, number];
    const rows = batch * tokens;
    const output = backend.output([batch, tokens, outputKernel.shape[1]!]);
    const [queryWidth, mixedWidth] = [inputs.queryKernel.shape[1]!, outputKernel.shape[0]!];
    const [keyWidth, valueWidth] = [inputs.keyKernel.shape[1]!, inputs.valueKernel.shape[1]!];
    const widths = queryWidth + keyWidth + valueWidth + mixedWidth + 2 * attrs.heads;
    const query = backend.reserve(rows * widths);
    try {
      const key = query + rows * queryWidth * 4;
      const value = key + rows * keyWidth * 4;
      const mixed = value + rows * valueWidth * 4;
      const logSumExp = mixed + rows * mixedWidth * 4;
      const from = backend.addressOf(x);
      const { queryKernel, queryBias, keyKernel, keyBias, valueKernel, valueBias } = inputs;
      mapRows(backend, rows, from, query, { kernel: queryKernel, bias: queryBias });
      mapRows(backend, rows, from, key, { kernel: keyKernel, bias: keyBias });
      mapRows(backend, rows, from, value, { kernel: valueKernel, bias: valueBias });
      takeIn(backend, key, keys, tokens, attrs.held);
      takeIn(backend, value, values, tokens, attrs.held);
      attend(backend, { query, mixed, logSumExp }, inputs, attrs);
      mapRows(backend, rows, mixed, backend.addressOf(output), {
        kernel: outputKernel,
        bias: inputs.outputBias,
        residual: residual ? backend.addressOf(residual) : 0,
      });
    } finally {
      backend.heap.release(query);
    }
    return output;
  },
);

/** Writes the tokens' rows behind those that a buffer [batch, size, heads, width] holds. */
function takeIn(
  backend: SimdBackend,
  from: number,
  buffer: TensorInfo,
  tokens: number,
  held: number,
): void {
  const [batch, size, heads, width] = buffer.shape as [number, number, number, number];
  const to = backend.addressOf(buffer);
  const row = heads * width * 4;
  const { bytes } = backend.heap;
  for (let b = 0; b < batch; b++) {
    const first = from + b * tokens * row;
    bytes.copyWithin(to + (b * size + held) * row, first, first + tokens * row);
  }
}

function attend(
  backend: SimdBackend,
  at: Record<"query" | "mixed" | "logSumExp", number>,
  { x, queryKernel, keys, values }: Inputs,
  given: Attributes,
): void {
  const [batch, queries] = x.shape as [number, number];
  const [, , kvHeads, valueDim] = values.shape as [number, number, number, number];
  const { heads, scale, causal, windowBefore, windowAfter, prefix } = given;
  const headDim = queryKernel.shape[1]! / heads;
  const operands = {
    query: { address: at.query, shape: [batch, queries, heads, headDim] },
    key: { address: backend.addressOf(keys), shape: keys.shape },
    value: { address: backend.addressOf(values), shape: values.shape },
    output: { address: at.mixed, shape: [batch, queries, heads, valueDim] },
    logSumExp: { address: at.logSumExp, shape: [2, batch, heads, queries] },
  };
  const [keyCount, group] = [given.held + queries, heads / kvHeads];
  const sizes = { batch, heads, kvHeads, group, queries, keys: keyCount, headDim, valueDim };
  const places = { causal, windowBefore, windowAfter, prefix };
  const attrs = { layout: "bshd", scale, ...places, dropoutRate: 0, dropoutSeed: 0 } as const;
  runAttention<Place>(backend, addressOf, operands, attrs, sizes);
}

const addressOf = ({ address }: Place) => address;

export const cachedAttentionKernels = [cachedAttention];
