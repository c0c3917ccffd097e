import {
  add,
  fill,
  matMul,
  mul,
  reshape,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import { checkCount, type Mask, type Positional, type Span, spanOf } from "@tx/core";

export interface InducedOptions {
  /** Width of the embeddings. */
  dModel: number;
  heads: number;
  /** Width of a head. */
  headDim: number;
  /** Positions to look at. Default 24. */
  length?: number;
  /** The first of them. Default 0. */
  start?: number;
  /** Which layer. Default 0. */
  layer?: number;
  /** Whether a query sees the keys up to its own place only. Default true. */
  causal?: boolean;
}

/** What a strategy makes of places whose tokens are all the same. */
export interface Induced {
  readonly kind: string;
  /** What is added to embeddings, [length][dModel]; undefined where nothing is. */
  readonly embedding: readonly (readonly number[])[] | undefined;
  /**
   * What positions add to the scores before the softmax, [heads][queries][keys]; null where the query
   * does not see the key.
   */
  readonly scores: readonly (readonly (readonly (number | null)[])[])[];
  /** Query minus key, rising: what the curves are over. */
  readonly distances: readonly number[];
  /** The mean of the scores at each distance, [heads][distances]. */
  readonly byDistance: readonly (readonly number[])[];
}

/**
 * The matrices that a strategy induces, as plain numbers: each query and key is a vector of ones, so
 * that all differences are those of positions. Embeddings are compared by their dot products over
 * √dModel, as the scores of one head that projects nothing.
 *
 * @throws RangeError if an option is out of range; what the strategy throws for these sizes.
 */
export async function inducedBy(
  strategy: Positional,
  { dModel, heads, headDim, length = 24, start = 0, layer = 0, causal = true }: InducedOptions,
): Promise<Induced> {
  for (const [name, count] of Object.entries({ dModel, heads, headDim, length })) {
    checkCount(name, count);
  }
  const span = spanOf(length, length, start);
  const own = strategy.forLayer?.(layer) ?? strategy;
  const embedding = strategy.embed
    ? await numbersOf(() => addedBy(strategy, span, dModel))
    : undefined;
  const changed = await numbersOf(() => {
    const mask = causal ? { causal } : {};
    const bySelf = scoresOf(own, { span, heads, headDim, layer, mask });
    if (!strategy.embed) return bySelf;
    const rows = addedBy(strategy, span, dModel);
    return add(bySelf, mul(matMul(rows, rows, false, true), 1 / Math.sqrt(dModel)));
  });
  const seen = (query: number, key: number) => !causal || key <= query;
  const places = Array.from({ length }, (_, place) => place);
  const scores = Array.from({ length: heads }, (_, head) =>
    places.map((query) =>
      places.map((key) =>
        seen(query, key) ? changed[(head * length + query) * length + key]! : null,
      ),
    ),
  );
  const least = causal ? 0 : 1 - length;
  const distances = Array.from({ length: length - least }, (_, n) => least + n);
  return {
    kind: strategy.kind,
    embedding:
      embedding && places.map((row) => [...embedding.slice(row * dModel, (row + 1) * dModel)]),
    scores,
    distances,
    byDistance: scores.map((head) => distances.map((distance) => meanAt(head, distance))),
  };
}

function meanAt(scores: readonly (readonly (number | null)[])[], distance: number): number {
  const found = scores.flatMap((row, query) => row[query - distance] ?? []);
  return found.reduce((sum, score) => sum + score, 0) / found.length;
}

/** [length, dModel] */
function addedBy(strategy: Positional, span: Span, dModel: number): Tensor2D {
  const nothing: Tensor3D = zeros([1, span.q.len, dModel]);
  return reshape(strategy.embed!(nothing, span), [span.q.len, dModel]);
}

interface ScoreCall {
  readonly span: Span;
  readonly heads: number;
  readonly headDim: number;
  readonly layer: number;
  readonly mask: Mask;
}

/** What positions add to the scores of equal queries and keys, [1, heads, length, length]. */
function scoresOf(own: Positional, { span, heads, headDim, layer, mask }: ScoreCall): Tensor4D {
  const length = span.q.len;
  const ones: Tensor4D = fill([1, heads, length, headDim], 1);
  const query = own.rotate?.(ones, "q", span) ?? ones;
  const key = own.rotate?.(ones, "k", span) ?? ones;
  const scale = 1 / Math.sqrt(headDim);
  let scores = mul(matMul(query, key, false, true), scale) as Tensor4D;
  const bias = own.bias?.(heads, span, layer);
  if (bias) scores = add(scores, bias);
  const context = { query, key, scale, mask, span, layer };
  const changed = own.scores?.(scores, context) ?? scores;
  // Without positions all scores would be this.
  return add(changed, -headDim * scale);
}

async function numbersOf(make: () => Tensor2D | Tensor4D): Promise<Float32Array> {
  const made = tidy(make);
  try {
    return (await made.data()) as Float32Array;
  } finally {
    made.dispose();
  }
}
