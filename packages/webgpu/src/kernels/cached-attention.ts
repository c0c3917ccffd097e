import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { AttentionAttributes, AttentionInputs } from "../attention/call";
import { extrasOf } from "../attention/extras";
import { attentionForward } from "../attention/forward";
import type { WebgpuBackend } from "../backend";
import { forgetOnHost } from "../in-place";
import { canRunMaps, mapRows } from "../maps";
import { made } from "../tensors";
import { declined, webgpuKernel } from "../webgpu-kernel";
import { canAttend } from "./attention";

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

interface Attributes
  extends Pick<
    AttentionAttributes,
    "scale" | "causal" | "windowBefore" | "windowAfter" | "prefix"
  > {
  heads: number;
  /** Tokens that keys and values hold before. */
  held: number;
}

/**
 * The programs of linear maps and of attention one after the other: keys and values go from their
 * products straight to their rows of the buffers.
 */
export const cachedAttentionKernels = [
  webgpuKernel<Inputs, Attributes>("TxCachedAttention", ({ inputs, attrs, backend }) => {
    const { x, queryKernel, keyKernel, valueKernel, outputKernel, keys, values } = inputs;
    const { queryBias, keyBias, valueBias, outputBias, residual } = inputs;
    const { heads, held, ...given } = attrs;
    const [batch, tokens] = x.shape as [number, number];
    const shape = [batch, tokens, heads, queryKernel.shape[1]! / heads];
    const places = { ...given, layout: "bshd", keyCount: held + tokens } as const;
    const call = { ...places, dropoutRate: 0, dropoutSeed: 0 };
    const kernels = [queryKernel, keyKernel, valueKernel, outputKernel];
    const others = [queryBias, keyBias, valueBias, outputBias, residual];
    const asked = { query: { ...x, shape }, key: keys, value: values };
    if (!canRunMaps(backend, x, kernels, ...others) || !canAttend(backend, asked, call)) {
      return declined;
    }
    const query = made(backend, shape);
    mapRows(backend, x, [
      { kernel: queryKernel, bias: queryBias, output: query },
      { kernel: keyKernel, bias: keyBias, output: keys, from: held },
      { kernel: valueKernel, bias: valueBias, output: values, from: held },
    ]);
    for (const buffer of [keys, values]) forgetOnHost(backend, buffer);
    const mixed = attend(backend, { ...asked, query }, call);
    const merged = { ...mixed, shape: [batch, tokens, outputKernel.shape[0]!] };
    const output = made(backend, [batch, tokens, outputKernel.shape[1]!]);
    mapRows(backend, merged, [{ kernel: outputKernel, bias: outputBias, output }], { residual });
    for (const { dataId } of [query, mixed]) backend.disposeData(dataId);
    return output;
  }),
];

function attend(
  backend: WebgpuBackend,
  inputs: AttentionInputs,
  call: AttentionAttributes,
): TensorInfo {
  const extras = extrasOf(backend, inputs);
  const [mixed, logSumExp] = attentionForward(backend, inputs, call, { extras, isPlain: true });
  backend.disposeData(logSumExp.dataId);
  return mixed;
}
