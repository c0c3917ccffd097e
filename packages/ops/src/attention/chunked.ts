import { add, concat, getBackend, pad, reshape, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { scoreSizesOf } from "../masked-softmax/reference";
import type { Operands, Run, Settings } from "./call";
import { sliceAxis, withHeadsFirst, withKeysTaken } from "./layout";
import { maskTensors, type ScoreSizes, withMaskTensors } from "./mask";
import { partsOf } from "./parts";
import {
  attentionGradReference,
  mixReference,
  type WeightOptions,
  weightsReference,
} from "./reference";
import { type ScorePart, takePart } from "./score-part";

/**
 * Whether a call is large enough to be computed in chunks. On tfjs 4.22.0's wasm backend one whose heads
 * each have many scores is: fast products of single matrices save more than computing weights again costs.
 */
export function wantsChunks(
  { batch, heads, queries, keys }: ScoreSizes,
  scoreBytes: number,
): boolean {
  const single = queries * keys;
  return 4 * batch * heads * single > scoreBytes || (getBackend() === "wasm" && single >= 2 ** 16);
}

/**
 * Attention in stock operations, some queries at a time with the keys that they may see. The gradient
 * computes a chunk's weights again, from the operands: nothing that grows with queries times keys is
 * saved.
 *
 * @see Rabe and Staats 2021, Self-attention Does Not Need O(n²) Memory, §3,
 *   https://arxiv.org/abs/2112.05682
 */
export const chunked: Run = /* @__PURE__ */ withKeysTaken(
  /* @__PURE__ */ withHeadsFirst((operands, settings) => [
    forward(operands, settings),
    { ...operands, ...maskTensors(settings.mask) },
    ({ dy, ...told }) => {
      const kept = told as unknown as Operands & ReturnType<typeof maskTensors>;
      const mask = withMaskTensors(settings.mask, kept);
      return backward(dy, kept, { ...settings, mask });
    },
  ]),
);

/** The axes of scores along which parts differ: batch, heads, queries. */
const everyAxis = [0, 1, 2];

function forward(operands: Operands, settings: Settings): Tensor {
  const { query, value } = operands;
  const output = { shape: [...query.shape.slice(0, 3), value.shape[3]!], along: everyAxis };
  const [mixed] = collect(operands, settings, [output], ({ query, key, value, options }) => [
    mixReference(weightsReference(query, key, options), value, options),
  ]);
  return mixed!;
}

/** [dQuery, dKey, dValue, dBias?] */
function backward(dy: Tensor, operands: Operands, settings: Settings): Tensor[] {
  const { query, key, value, bias } = operands;
  const size = (axis: number) => bias?.shape.at(axis - 4) ?? 1;
  const results = [
    { shape: query.shape, along: everyAxis },
    { shape: key.shape, along: [0, 1] },
    { shape: value.shape, along: [0, 1] },
    ...(bias ? [{ shape: bias.shape, along: everyAxis.filter((axis) => size(axis) > 1) }] : []),
  ];
  return collect(operands, settings, results, ({ query, key, value, options }) => {
    const { part } = options;
    const weights = weightsReference(query, key, options);
    const told = { dy: rowsOf(dy, part, 2), weights, query, key, value };
    return attentionGradReference(told, options).map((gradient, n) => {
      const hasKeys = n === 3 ? size(3) > 1 : n > 0;
      return hasKeys ? amongKeys(gradient, n === 3 ? gradient.rank - 1 : 2, part) : gradient;
    });
  });
}

/** One part's operands, and the options that say which part it is. */
interface Chunk extends Record<"query" | "key" | "value", Tensor> {
  readonly options: WeightOptions & { readonly part: ScorePart };
}

/** What parts give: along other axes of scores than these they add up. */
interface Result {
  readonly shape: number[];
  readonly along: readonly number[];
}

/** Adds up what each part gives of each result, and lays side by side what does not add up. */
function collect(
  { query, key, value, bias }: Operands,
  settings: Settings,
  results: readonly Result[],
  give: (chunk: Chunk) => Tensor[],
): Tensor[] {
  const chunkOf = (part: ScorePart): Chunk => ({
    ...{ query: rowsOf(query, part, 2), key: rowsOf(key, part, 3), value: rowsOf(value, part, 3) },
    options: { ...settings, bias, part },
  });
  const [, kvHeads, keys] = key.shape as [number, number, number];
  const parts = partsOf({ ...scoreSizesOf(query), keys }, kvHeads, settings);
  const sums = results.map(() => new Map<string, Tensor>());
  for (const part of parts) {
    const placeOf = (n: number) => results[n]!.along.map((axis) => part.begin[axis]).join();
    const added = tidy(() =>
      give(chunkOf(part)).map((x, n) => {
        const before = sums[n]!.get(placeOf(n));
        return before ? add(before, x) : x;
      }),
    );
    for (const [n, sum] of added.entries()) {
      sums[n]!.get(placeOf(n))?.dispose();
      sums[n]!.set(placeOf(n), sum);
    }
  }
  const rows = new Set(parts.map(({ begin }) => begin[2])).size;
  return results.map(({ shape, along }, n) =>
    joined([...sums[n]!.values()], shape, along.includes(2) ? rows : 1),
  );
}

/** A part's rows of queries (axis 2 of scores) or keys (3), [batch, heads, rows, width]. */
function rowsOf(x: Tensor, { sizes, begin, size }: ScorePart, axis: 2 | 3): Tensor {
  const [, heads, rows, width] = x.shape as [number, number, number, number];
  const group = sizes.heads / heads;
  const pairs = takePart(x, {
    begin: [begin[0]!, begin[1]! / group, 0, 0],
    size: [size[0]!, size[1]! / group, rows, width],
  });
  return sliceAxis(pairs, 2, begin[axis]!, size[axis]!);
}

/** Zeros for the keys before and after a part's. */
function amongKeys(gradient: Tensor, axis: number, { sizes, begin, size }: ScorePart): Tensor {
  const [first, count] = [begin[3]!, size[3]!];
  if (count === sizes.keys) return gradient;
  const around: [number, number] = [first, sizes.keys - first - count];
  return pad(
    gradient,
    gradient.shape.map((_, n): [number, number] => (n === axis ? around : [0, 0])),
  );
}

/** So many pieces at a time one after another along the axis of rows, and these by their numbers. */
function joined(pieces: Tensor[], shape: number[], rows: number): Tensor {
  const along = (xs: Tensor[], axis: number) => (xs.length > 1 ? concat(xs, axis) : xs[0]!);
  const blocks = Array.from({ length: pieces.length / rows }, (_, n) =>
    along(pieces.slice(n * rows, (n + 1) * rows), Math.max(0, shape.length - 2)),
  );
  return reshape(
    along(
      blocks.map((x) => reshape(x, [-1])),
      0,
    ),
    shape,
  );
}
