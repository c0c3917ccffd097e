import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { biasGradient } from "../attention/bias-gradient";
import {
  type AttentionAttributes,
  type AttentionGradInputs,
  type AttentionInputs,
  headsFirst,
  sizesOf,
} from "../attention/call";
import type { Kind } from "../attention/code";
import { extrasOf } from "../attention/extras";
import { attentionForward } from "../attention/forward";
import { keyGradient } from "../attention/key-gradient";
import { queryGradient } from "../attention/query-gradient";
import { rowTerms } from "../attention/row-terms";
import type { WebgpuBackend } from "../backend";
import { areAll } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";

/** Features of a head that a thread's registers hold their share of. */
const MAX_WIDTH = 128;

/** Whether the programs can do a call; those of the gradient can then too. */
export function canAttend(
  backend: WebgpuBackend,
  inputs: AttentionInputs,
  attrs: AttentionAttributes,
): boolean {
  const { query, key, value, bias, maskDense, maskKeys } = inputs;
  const { maskQueryDocuments, maskKeyDocuments } = inputs;
  const { batch, heads, keys, headDim, valueDim } = sizesOf(inputs, attrs);
  const limit = backend.device.limits.maxComputeWorkgroupsPerDimension;
  return (
    areAll("float32", query, key, value, bias) &&
    areAll("bool", maskDense, maskKeys) &&
    areAll("int32", maskQueryDocuments, maskKeyDocuments) &&
    keys > 0 &&
    Math.max(headDim, valueDim) <= MAX_WIDTH &&
    Math.max(batch, heads) <= limit
  );
}

function kindOf(
  backend: WebgpuBackend,
  inputs: AttentionInputs,
  { dropoutRate }: AttentionAttributes,
): Kind {
  const extras = extrasOf(backend, inputs);
  return { extras, isPlain: extras.areNone && dropoutRate === 0 };
}

/**
 * Whether no number comes out, so that all gradients are zeros. The reference would have tfjs 4.22.0
 * multiply by nothing in it, which sends nothing off, and leaves results as the memory is.
 */
function givesNothing(inputs: AttentionInputs, attrs: AttentionAttributes): boolean {
  const { batch, heads, queries, valueDim } = sizesOf(inputs, attrs);
  return batch * heads * queries * valueDim === 0;
}

function zeros(backend: WebgpuBackend, shape: readonly number[]): TensorInfo {
  return backend.makeTensorInfo(
    [...shape],
    "float32",
    new Float32Array(util.sizeFromShape([...shape])),
  );
}

export const attentionKernels = [
  webgpuKernel<AttentionInputs, AttentionAttributes>(
    "TxAttention",
    ({ inputs, attrs, backend }) => {
      if (givesNothing(inputs, attrs)) {
        const { batch, heads, queries, valueDim } = sizesOf(inputs, attrs);
        const output = headsFirst([batch, heads, queries, valueDim], attrs.layout);
        return [output, [2, batch, heads, queries]].map((shape) => zeros(backend, shape));
      }
      if (!canAttend(backend, inputs, attrs)) return declined;
      const kind = kindOf(backend, inputs, attrs);
      const results = attentionForward(backend, inputs, attrs, kind);
      kind.extras.dispose();
      return results;
    },
  ),
  webgpuKernel<AttentionGradInputs, AttentionAttributes>(
    "TxAttentionGrad",
    ({ inputs, attrs, backend }) => {
      if (givesNothing(inputs, attrs)) {
        const { query, key, value, bias } = inputs;
        const given = [query, key, value, ...(bias ? [bias] : [])];
        return given.map(({ shape }) => zeros(backend, shape));
      }
      const kind = kindOf(backend, inputs, attrs);
      const terms = rowTerms(backend, inputs, attrs);
      const given = [inputs, attrs, kind, terms] as const;
      const gradients = [
        queryGradient(backend, ...given),
        ...keyGradient(backend, ...given),
        ...(inputs.bias ? [biasGradient(backend, ...given)] : []),
      ];
      backend.disposeData(terms.dataId);
      kind.extras.dispose();
      return gradients;
    },
  ),
];
