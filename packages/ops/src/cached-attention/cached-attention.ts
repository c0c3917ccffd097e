import { engine, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { addPlaces } from "../attention/kernel-call";
import { checkMask, type Mask } from "../attention/mask";
import { fitsResidual, takes } from "../linear/check";
import type { LinearWeights } from "../linear/linears";
import { type KernelAttributes, type KernelInputs, runAlone } from "../run-kernel";

export interface CachedAttentionOptions {
  /** To [..., heads · headDim]. */
  readonly query: LinearWeights;
  /** To [..., kvHeads · headDim]. */
  readonly key: LinearWeights;
  /** To [..., kvHeads · valueDim]. */
  readonly value: LinearWeights;
  /** From [..., heads · valueDim]. */
  readonly output: LinearWeights;
  readonly heads: number;
  /** [batch, size, kvHeads, headDim], takes in the tokens' keys. */
  readonly keys: Tensor4D;
  /** [batch, size, kvHeads, valueDim] */
  readonly values: Tensor4D;
  /** How many tokens keys and values hold already; a whole number from 0. */
  readonly held: number;
  /** Multiplies the scores. */
  readonly scale: number;
  /** Which keys each query may attend to, of those held and then x's own. */
  readonly mask: Mask;
  /** [batch, tokens, outputs], added to the output. */
  readonly residual?: Tensor3D | undefined;
}

/**
 * Self-attention of a few tokens to those before them and to themselves, from projection to
 * projection, in one kernel: what {@link linears}, {@link writeRows}, {@link attention} and
 * {@link linear} make one after the other, of which decoding consists, without a tensor in between.
 *
 * Only for an engine that has it, and only where it can say all: then it writes the tokens' keys and
 * values into the buffers given. Everywhere else the operations are to be run one by one.
 *
 * Kernel contract: `TxCachedAttention` {x, queryKernel, queryBias?, keyKernel, keyBias?, valueKernel,
 * valueBias?, outputKernel, outputBias?, keys, values, residual?} {heads, held, scale, causal,
 * windowBefore?, windowAfter?, prefix?} → [batch, tokens, outputs]; writes rows held to
 * held + tokens − 1 of keys and values, which nobody else holds.
 *
 * @param x [batch, tokens, inputs]
 * @returns [batch, tokens, outputs]; undefined where nothing has been done: there is no such kernel,
 *   a gradient is being taken or tfjs looks on, a size does not fit, the mask has tensors, or another
 *   tensor shares the buffers' numbers.
 */
export function cachedAttention(
  x: Tensor3D,
  options: CachedAttentionOptions,
): Tensor3D | undefined {
  if (!fits(x, options)) return undefined;
  const { query, key, value, output, heads, keys, values, held, scale, mask, residual } = options;
  const [batch, queries] = x.shape;
  checkMask(mask, { batch, heads, queries, keys: held + queries });
  const attributes: KernelAttributes = { heads, held, scale };
  addPlaces(attributes, mask);
  const inputs: KernelInputs = {
    x,
    queryKernel: query.kernel,
    keyKernel: key.kernel,
    valueKernel: value.kernel,
    outputKernel: output.kernel,
    keys,
    values,
  };
  if (query.bias) inputs.queryBias = query.bias;
  if (key.bias) inputs.keyBias = key.bias;
  if (value.bias) inputs.valueBias = value.bias;
  if (output.bias) inputs.outputBias = output.bias;
  if (residual) inputs.residual = residual;
  return runAlone<Tensor3D>("TxCachedAttention", inputs, attributes);
}

function fits(x: Tensor3D, options: CachedAttentionOptions): boolean {
  const { query, key, value, output, heads, keys, values, held, scale, mask, residual } = options;
  if (mask.keys ?? mask.dense ?? mask.documents) return false;
  const [batch, tokens, width] = x.shape;
  const [, size, kvHeads, headDim] = keys.shape;
  const valueDim = values.shape[3];
  return (
    Number.isFinite(scale) &&
    x.rank === 3 &&
    takes(width, query) &&
    takes(width, key) &&
    takes(width, value) &&
    takes(heads * valueDim, output) &&
    query.kernel.shape[1] === heads * headDim &&
    key.kernel.shape[1] === kvHeads * headDim &&
    value.kernel.shape[1] === kvHeads * valueDim &&
    heads % kvHeads === 0 &&
    keys.shape[0] === batch &&
    values.shape[0] === batch &&
    values.shape[1] === size &&
    values.shape[2] === kvHeads &&
    held + tokens <= size &&
    fitsResidual(x, output.kernel.shape[1], residual) &&
    isUnshared(keys) &&
    isUnshared(values)
  );
}

/** Whether nobody else would see what is written into a buffer; no on another backend. */
function isUnshared({ dataId }: Tensor4D): boolean {
  return engine().backend.refCount(dataId) === 1;
}
