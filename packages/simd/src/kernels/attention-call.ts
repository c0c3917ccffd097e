import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { dropoutConstants } from "@tx/ops";
import { bits, type SimdBackend } from "../backend";

/**
 * The inputs of the contract in `@tx/ops`; what is not given is absent. Shapes are those of the layout
 * "bhsd"; in "bshd" the second and third axes are the other way round.
 */
export interface AttentionInputs<Operand = TensorInfo> {
  /** [batch, heads, queries, headDim] */
  query: Operand;
  /** [batch, kvHeads, size, headDim], of which the first keys are read */
  key: Operand;
  /** [batch, kvHeads, size, valueDim] */
  value: Operand;
  /** Broadcasts to [batch, heads, queries, keys], as maskDense does. */
  bias?: Operand;
  /** bool [batch, keys] */
  maskKeys?: Operand;
  /** bool */
  maskDense?: Operand;
  /** int32 [batch, queries] */
  maskQueryDocuments?: Operand;
  /** int32 [batch, keys] */
  maskKeyDocuments?: Operand;
}

/** The inputs, and where the results go. */
export interface AttentionOperands<Operand> extends AttentionInputs<Operand> {
  /** [batch, heads, queries, valueDim] */
  output: Operand;
  /** [2, batch, heads, queries] */
  logSumExp: Operand;
}

interface Shaped {
  readonly shape: readonly number[];
}

type Layout = "bhsd" | "bshd";

export interface AttentionAttributes {
  layout: Layout;
  /** Default: all that there are. */
  keyCount?: number;
  scale: number;
  causal: boolean;
  windowBefore?: number | undefined;
  windowAfter?: number | undefined;
  prefix?: number | undefined;
  dropoutRate: number;
  dropoutSeed: number;
}

export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Query heads that share a key head. */
  readonly group: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim: number;
  readonly valueDim: number;
}

export function sizesOf(
  { query, value }: Pick<AttentionInputs<Shaped>, "query" | "value">,
  { layout, keyCount }: AttentionAttributes,
): AttentionSizes {
  const [batch, heads, queries, headDim] = headsFirst(query.shape, layout);
  const [, kvHeads, size, valueDim] = headsFirst(value.shape, layout);
  const keys = keyCount ?? size;
  return { batch, heads, kvHeads, group: heads / kvHeads, queries, keys, headDim, valueDim };
}

/** The sizes of batch, heads, rows and width; and, as it is its own inverse, a shape from them. */
export function headsFirst(
  shape: readonly number[],
  layout: Layout,
): [number, number, number, number] {
  const [batch, heads, rows, width] = shape as [number, number, number, number];
  return layout === "bshd" ? [batch, rows, heads, width] : [batch, heads, rows, width];
}

/** Steps in numbers by batch, head and row. */
function pushRowSteps(args: number[], { shape }: Shaped, layout: Layout): void {
  const [, second, third, width] = shape as [number, number, number, number];
  const [outer, inner] = [third * width, width];
  if (layout === "bshd") args.push(second * outer, inner, outer);
  else args.push(second * outer, outer, inner);
}

/** The arguments that both directions share: the first slots of assembly/attention-call.ts. */
export function callArguments<Operand extends Shaped>(
  addressOf: (operand: Operand) => number,
  operands: AttentionOperands<Operand>,
  attrs: AttentionAttributes,
  sizes: AttentionSizes,
): number[] {
  const { query, key, value, output, logSumExp, bias, maskKeys, maskDense } = operands;
  const { maskQueryDocuments, maskKeyDocuments } = operands;
  const tensors = [query, key, value, output, logSumExp, bias, maskKeys, maskDense];
  tensors.push(maskQueryDocuments, maskKeyDocuments);
  const { batch, heads, group, queries, keys, headDim, valueDim } = sizes;
  const { causal, windowBefore = -1, windowAfter = -1, prefix = -1 } = attrs;
  const { firstKey, secondKey, threshold, kept } = dropoutConstants(
    attrs.dropoutRate,
    attrs.dropoutSeed,
  );
  // A distance beyond all there is stands for any that may not fit a slot.
  const far = (distance: number) => Math.min(distance, queries + keys);
  const args = tensors.map((operand) => (operand ? addressOf(operand) : 0));
  args.push(heads, group, queries, keys, headDim, valueDim);
  args.push(far(windowBefore), causal ? 0 : far(windowAfter), far(prefix), bits(attrs.scale));
  pushSteps(args, bias);
  pushSteps(args, maskDense);
  args.push(attrs.dropoutRate > 0 ? 1 : 0, firstKey, secondKey, threshold, bits(kept));
  // The second half of the pairs, by halves: the highest scores come first.
  args.push(addressOf(logSumExp) + batch * heads * queries * 4);
  for (const info of [query, key, value, output]) pushRowSteps(args, info, attrs.layout);
  return args;
}

/** Steps by batch, head, query and key in a tensor that broadcasts to the scores; 0 where it does. */
function pushSteps(args: number[], operand: Shaped | undefined): void {
  if (!operand) {
    args.push(0, 0, 0, 0);
    return;
  }
  const { shape } = operand;
  for (let axis = shape.length - 4; axis < shape.length; axis++) {
    const broadcasts = (shape[axis] ?? 1) === 1;
    args.push(broadcasts ? 0 : util.sizeFromShape(shape.slice(axis + 1)));
  }
}

/**
 * About how long one thread takes, in nanoseconds.
 *
 * @param widths Numbers multiplied for each score.
 */
export function costOf(
  { batch, heads, queries, keys }: AttentionSizes,
  { windowBefore = keys, windowAfter = keys, causal }: AttentionAttributes,
  widths: number,
): number {
  const seen = Math.min(keys, windowBefore + (causal ? 0 : windowAfter) + 1);
  return batch * heads * queries * seen * (0.5 + widths / 20);
}

/** Runs with tensors of numbers as float32: whole numbers and bools are converted for this call. */
export function withFloats<Inputs extends object, Result>(
  backend: SimdBackend,
  inputs: Inputs,
  names: readonly (keyof Inputs & string)[],
  run: (inputs: Inputs) => Result,
): Result {
  if (names.every((name) => isFloat(inputs[name] as TensorInfo | undefined))) return run(inputs);
  const made: TensorInfo[] = [];
  const converted = names.flatMap((name) => {
    const info = inputs[name] as TensorInfo | undefined;
    if (!info || isFloat(info)) return [];
    const floats = Float32Array.from(backend.readSync(info.dataId) as Int32Array);
    made.push(backend.makeTensorInfo(info.shape, "float32", floats));
    return [[name, made.at(-1)!]];
  });
  try {
    return run({ ...inputs, ...Object.fromEntries(converted) });
  } finally {
    for (const { dataId } of made) backend.disposeData(dataId);
  }
}

function isFloat(info: TensorInfo | undefined): boolean {
  return info === undefined || info.dtype === "float32";
}
