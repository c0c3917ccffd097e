import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Uniform } from "../backend";
import { float, int } from "../program";
import { randomUniforms } from "../random-bits";

/** The inputs of the contract in `@tx/ops`; what is not given is absent. */
export interface AttentionInputs {
  /** [batch, heads, queries, headDim]; in "bshd" the middle axes are the other way round, as below. */
  query: TensorInfo;
  /** [batch, kvHeads, size, headDim], of which the first keys are read */
  key: TensorInfo;
  /** [batch, kvHeads, size, valueDim] */
  value: TensorInfo;
  /** Broadcasts to [batch, heads, queries, keys], as maskDense does. */
  bias?: TensorInfo;
  /** bool [batch, keys] */
  maskKeys?: TensorInfo;
  /** bool */
  maskDense?: TensorInfo;
  /** int32 [batch, queries] */
  maskQueryDocuments?: TensorInfo;
  /** int32 [batch, keys] */
  maskKeyDocuments?: TensorInfo;
}

/** The same, and what comes of it. */
export interface AttentionResults extends AttentionInputs {
  /** [batch, heads, queries, valueDim], as dy is. */
  output: TensorInfo;
  /** [2, batch, heads, queries] */
  logSumExp: TensorInfo;
}

export interface AttentionGradInputs extends AttentionResults {
  dy: TensorInfo;
}

type Layout = "bhsd" | "bshd";

export interface AttentionAttributes {
  layout: Layout;
  keyCount?: number;
  scale: number;
  causal: boolean;
  windowBefore?: number;
  windowAfter?: number;
  prefix?: number;
  dropoutRate: number;
  dropoutSeed: number;
}

export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
}

export function sizesOf(
  { query, value }: AttentionInputs,
  { layout, keyCount }: AttentionAttributes,
): AttentionSizes {
  const [batch, heads, queries, headDim] = headsFirst(query.shape, layout);
  const [, kvHeads, size, valueDim] = headsFirst(value.shape, layout);
  return { batch, heads, kvHeads, queries, keys: keyCount ?? size, headDim, valueDim };
}

type Shape4 = [number, number, number, number];

/** Sizes of batch, heads, rows and width; and, as it is its own inverse, a shape from them. */
export function headsFirst(shape: readonly number[], layout: Layout): Shape4 {
  const [batch, heads, rows, width] = shape as Shape4;
  return layout === "bshd" ? [batch, rows, heads, width] : [batch, heads, rows, width];
}

/** More than any length, and far from overflow where some are added. */
const UNBOUND = 2 ** 29;

/** Everything that the programs know beside tensors and what {@link import("./extras")} adds. */
export function callUniforms(
  inputs: AttentionInputs,
  attrs: AttentionAttributes,
): Record<string, Uniform> {
  const { query, key, value } = inputs;
  const { scale, causal, windowBefore, windowAfter, prefix, layout } = attrs;
  const sizes = sizesOf(inputs, attrs);
  const { heads, queries, valueDim, batch } = sizes;
  const output = headsFirst([batch, heads, queries, valueDim], layout);
  const after = Math.min(windowAfter ?? UNBOUND, causal ? 0 : UNBOUND);
  return {
    ...Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, int(size)])),
    ...steps("q", query.shape, layout),
    ...steps("k", key.shape, layout),
    ...steps("v", value.shape, layout),
    ...steps("o", output, layout),
    scale: float(scale),
    before: int(Math.min(windowBefore ?? UNBOUND, UNBOUND)),
    after: int(Math.min(after, UNBOUND)),
    prefix: int(Math.min(prefix ?? UNBOUND, UNBOUND)),
    ...randomUniforms(attrs.dropoutRate, attrs.dropoutSeed),
  };
}

/** Steps in numbers by batch, head and row. */
function steps(name: string, shape: readonly number[], layout: Layout): Record<string, Uniform> {
  const [, second, third, width] = shape as Shape4;
  const [outer, inner] = [third * width, width];
  const [head, row] = layout === "bshd" ? [inner, outer] : [outer, inner];
  return {
    [`${name}Batch`]: int(second * outer),
    [`${name}Head`]: int(head),
    [`${name}Row`]: int(row),
  };
}
