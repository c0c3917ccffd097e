import {
  engine,
  type GradSaveFunc,
  getBackend,
  getKernel,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import { customGrad } from "../custom-grad";
import { checkDropout } from "../dropout/dropout";
import { checkShapes, ShapeError } from "../shapes";
import { checkBroadcast, checkMask, type Mask } from "./mask";
import {
  attentionGradReference,
  mixReference,
  scoreGradients,
  sizesOf,
  type WeightOptions,
  weightsReference,
} from "./reference";

export interface AttentionOptions {
  /** Which keys each query may attend to. Default: all. */
  mask?: Mask | undefined;
  /** Added to the scaled scores; broadcastable to [batch, heads, queries, keys]; has a gradient. */
  bias?: Tensor | undefined;
  /** Multiplies the scores. Default 1 / √headDim. */
  scale?: number | undefined;
  /** Dropout on the weights: share in [0, 1) and a whole number as seed. Default: none. */
  dropout?: { rate: number; seed: number } | undefined;
}

/**
 * softmax(scale · query · keyᵀ + bias) · value in each head, over the keys that the mask allows.
 * A query that may see nothing gets zeros and gives no gradient.
 *
 * Query head h reads key head ⌊h · kvHeads / heads⌋, so fewer key heads give grouped (one:
 * multi-query) attention.
 *
 * Kernel contract: `TxAttention` {query, key, value, bias?, maskKeys?, maskDense?,
 * maskQueryDocuments?, maskKeyDocuments?} {scale, causal, windowBefore?, windowAfter?, prefix?,
 * dropoutRate, dropoutSeed} → [output, logSumExp [2, batch, heads, queries]]; `TxAttentionGrad` the
 * same and {output, logSumExp, dy} → [dQuery, dKey, dValue, dBias?]. Mask fields are those of
 * {@link Mask}; what is not given is absent. logSumExp is of the scores that the query may see, in
 * two parts whose sum it is: the highest score, +∞ where it sees none, then the rest; one float32
 * would lose the weights' digits where scores are large. Dropout multiplies weight [b, h, i, j] by entry
 * ((b · heads + h) · queries + i) · keys + j of dropoutScales(…, dropoutRate, dropoutSeed). dBias
 * has the shape of bias. Nothing in the signature asks for the score matrix.
 *
 * @param query [batch, heads, queries, headDim]
 * @param key [batch, kvHeads, keys, headDim], kvHeads a divisor of heads
 * @param value [batch, kvHeads, keys, valueDim]
 * @returns [batch, heads, queries, valueDim]
 * @throws ShapeError if sizes that are shared differ; RangeError for an option out of range.
 * @see Vaswani et al. 2017, Attention Is All You Need, §3.2.1, https://arxiv.org/abs/1706.03762
 * @see Ainslie et al. 2023, GQA, §2.2, https://arxiv.org/abs/2305.13245
 */
export function attention(
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  options: AttentionOptions = {},
): Tensor4D {
  const { batch, kvHeads, keys } = checkScores(query, key, options);
  checkShapes(["value", value, `${batch} ${kvHeads} ${keys} valueDim`]);
  if (options.dropout) checkDropout(options.dropout.rate, options.dropout.seed);
  const settings = settingsOf(query, options);
  const run = getKernel("TxAttention", getBackend()) ? fused : composed;
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [query, key, value, bias] = args as [Tensor, Tensor, Tensor, Tensor?];
    return run({ query, key, value, bias }, settings, save);
  })(query, key, value, ...(options.bias ? [options.bias] : [])) as Tensor4D;
}

/**
 * The weights that {@link attention} mixes the values by, before dropout, for people who look at
 * attention. Arguments as there.
 *
 * @returns [batch, heads, queries, keys]; a row sums to 1, or to 0 where a query may see nothing.
 * @throws ShapeError and RangeError as attention.
 */
export function attentionWeights(
  query: Tensor4D,
  key: Tensor4D,
  options: Omit<AttentionOptions, "dropout"> = {},
): Tensor4D {
  checkScores(query, key, options);
  const settings = settingsOf(query, options);
  return customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const save = args.pop() as GradSaveFunc;
    const [query, key, bias] = args as [Tensor, Tensor, Tensor?];
    const weights = weightsReference(query, key, { ...settings, bias });
    save([weights, query, key]);
    return {
      value: weights,
      gradFunc: (dWeights: Tensor, saved: Tensor[]) =>
        tidy(() => {
          const [weights, query, key] = saved as [Tensor, Tensor, Tensor];
          return scoreGradients(dWeights, weights, query, key, { ...settings, bias });
        }),
    };
  })(query, key, ...(options.bias ? [options.bias] : [])) as Tensor4D;
}

interface Operands {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly bias: Tensor | undefined;
}

interface Differentiable {
  value: Tensor;
  gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[];
}

function composed(operands: Operands, settings: WeightOptions, save: GradSaveFunc): Differentiable {
  const { query, key, value, bias } = operands;
  const weights = weightsReference(query, key, { ...settings, bias });
  save([weights, query, key, value]);
  return {
    value: mixReference(weights, value, settings),
    gradFunc: (dy, saved) =>
      tidy(() => {
        const [weights, query, key, value] = saved as [Tensor, Tensor, Tensor, Tensor];
        return attentionGradReference(dy, weights, query, key, value, { ...settings, bias });
      }),
  };
}

function fused(operands: Operands, settings: WeightOptions, save: GradSaveFunc): Differentiable {
  const { mask, scale, dropout } = settings;
  const inputs = present({
    ...operands,
    maskKeys: mask.keys,
    maskDense: mask.dense,
    maskQueryDocuments: mask.documents?.queries,
    maskKeyDocuments: mask.documents?.keys,
  });
  const attributes = {
    scale,
    causal: mask.causal ?? false,
    ...Object.fromEntries(
      present({
        windowBefore: mask.window?.before,
        windowAfter: mask.window?.after,
        prefix: mask.prefix,
      }),
    ),
    dropoutRate: dropout?.rate ?? 0,
    dropoutSeed: dropout?.seed ?? 0,
  };
  const run = (kernel: string, tensors: [string, Tensor][]) =>
    engine().runKernel(kernel, Object.fromEntries(tensors), attributes) as Tensor[];
  const [output, logSumExp] = run("TxAttention", inputs) as [Tensor, Tensor];
  save([...inputs.map(([, tensor]) => tensor), output, logSumExp]);
  const names = [...inputs.map(([name]) => name), "output", "logSumExp"];
  return {
    value: output,
    gradFunc: (dy, saved) => {
      const tensors = saved.map((tensor, i): [string, Tensor] => [names[i]!, tensor]);
      return run("TxAttentionGrad", [...tensors, ["dy", dy]]);
    },
  };
}

function present<T>(given: Record<string, T | undefined>): [string, T][] {
  return Object.entries(given).filter((entry): entry is [string, T] => entry[1] !== undefined);
}

function settingsOf(query: Tensor, { mask = {}, scale, dropout }: AttentionOptions): WeightOptions {
  return { mask, scale: scale ?? 1 / Math.sqrt(query.shape[3]!), dropout };
}

function checkScores(
  query: Tensor,
  key: Tensor,
  { mask = {}, bias, scale }: AttentionOptions,
): { batch: number; kvHeads: number; keys: number } {
  const sizes = checkShapes(
    ["query", query, "batch heads queries headDim"],
    ["key", key, "batch kvHeads keys headDim"],
  );
  if (sizes.heads % sizes.kvHeads !== 0) {
    throw new ShapeError(
      `key: expected a number of heads that divides the query's ${sizes.heads}, got ${sizes.kvHeads}`,
    );
  }
  if (scale !== undefined && !Number.isFinite(scale)) {
    throw new RangeError(`scale: expected a finite number, got ${scale}`);
  }
  checkMask(mask, sizesOf(query, key));
  if (bias) checkBroadcast("bias", bias, sizesOf(query, key));
  return sizes;
}
