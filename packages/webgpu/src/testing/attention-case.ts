import {
  grads,
  greater,
  type Rank,
  randomNormal,
  randomUniform,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
} from "@tensorflow/tfjs-core";
import { type AttentionLayout, type AttentionOptions, attention, type Mask } from "@tx/ops";

/** One call of attention, in numbers only, so that its tensors can be made on any backend. */
export interface AttentionCase {
  readonly batch?: number;
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly queries: number;
  readonly keys: number;
  readonly headDim?: number;
  readonly valueDim?: number;
  readonly layout?: AttentionLayout;
  /** Rows of key and value beyond the keys. */
  readonly room?: number;
  readonly mask?: Pick<Mask, "causal" | "window" | "prefix">;
  /** Share of the keys that are shown. */
  readonly shownKeys?: number;
  /** Shape and share of a dense mask. */
  readonly dense?: readonly [shape: number[], shown: number];
  /** Tokens a document. */
  readonly documents?: number;
  /** Shape of a bias. */
  readonly bias?: number[];
  readonly scale?: number;
  readonly dropout?: { rate: number; seed: number };
  /** Standard deviation of query and key. Default 1. */
  readonly spread?: number;
}

/** The output of a case, computed by itself, and its gradients for query, key, value and, if there is one, bias. */
export function outputAndGradients(given: AttentionCase): Tensor[] {
  const { inputs, options } = tensorsOf(given);
  const [query, key, value, bias] = inputs;
  const run = (q: Tensor, k: Tensor, v: Tensor, b?: Tensor) =>
    attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { ...options, bias: b });
  const output = run(query!, key!, value!, bias);
  const dy = normal(output.shape, 5);
  return [output, ...grads(run as (...xs: Tensor[]) => Tensor)([...inputs], dy)];
}

/** The tensors of a case: query, key, value and perhaps bias, and the rest of the options. */
export function tensorsOf(given: AttentionCase): {
  inputs: Tensor[];
  options: Omit<AttentionOptions, "bias">;
} {
  const { batch = 2, heads = 2, kvHeads = heads, queries, keys, headDim = 4 } = given;
  const { valueDim = headDim, spread = 1, scale, dropout, layout, room } = given;
  const lie = (heads: number, rows: number) => (layout === "bshd" ? [rows, heads] : [heads, rows]);
  const size = keys + (room ?? 0);
  const inputs = [
    normal([batch, ...lie(heads, queries), headDim], 1, spread),
    normal([batch, ...lie(kvHeads, size), headDim], 2, spread),
    normal([batch, ...lie(kvHeads, size), valueDim], 3),
    ...(given.bias ? [normal(given.bias, 4)] : []),
  ];
  const keyCount = room === undefined ? undefined : keys;
  return { inputs, options: { mask: maskOf(given, batch), scale, dropout, layout, keyCount } };
}

function maskOf(given: AttentionCase, batch: number): Mask {
  const { queries, keys, shownKeys, dense, documents } = given;
  return {
    ...given.mask,
    keys: shownKeys === undefined ? undefined : (shown([batch, keys], shownKeys, 6) as Tensor2D),
    dense: dense && shown(dense[0], dense[1], 7),
    documents:
      documents === undefined
        ? undefined
        : {
            queries: ids(batch, queries, keys, documents),
            keys: ids(batch, keys, keys, documents),
          },
  };
}

/** Documents of so many tokens one after another, aligned at the end, otherwise cut in each row. */
function ids(batch: number, tokens: number, keys: number, length: number): Tensor2D {
  const numbers = Array.from({ length: batch * tokens }, (_, n) => {
    const place = (n % tokens) + keys - tokens;
    return Math.floor((place + 3 * Math.floor(n / tokens)) / length);
  });
  return tensor(numbers, [batch, tokens], "int32") as Tensor2D;
}

const normal = (shape: number[], seed: number, deviation = 1) =>
  randomNormal<Rank>(shape as [number], 0, deviation, "float32", seed);

const shown = (shape: number[], share: number, seed: number) =>
  greater(share, randomUniform(shape as [number], 0, 1, "float32", seed));

/** Every shape that broadcasts to the scores, from a scalar up. */
export function broadcastShapes(scores: readonly number[]): number[][] {
  return [4, 3, 2, 1, 0].flatMap((rank) =>
    Array.from({ length: 2 ** rank }, (_, bits) =>
      scores.slice(4 - rank).map((size, axis) => ((bits >> axis) & 1 ? 1 : size)),
    ),
  );
}

/** Cases drawn at random, the same ones each time. */
export function randomCases(count: number, seed: number): AttentionCase[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  const maybe = <T>(share: number, make: () => T) => (random() < share ? make() : undefined);
  return Array.from({ length: count }, () => {
    const kvHeads = upTo(3);
    const [batch, heads, queries, keys] = [upTo(3), kvHeads * upTo(3), upTo(67), upTo(80)];
    const scores = [batch, heads, queries, keys];
    const shape = () =>
      scores.map((size) => (random() < 0.4 ? 1 : size)).slice(Math.floor(random() * 4));
    const window = () => ({
      before: maybe(0.8, () => upTo(40) - 1),
      after: maybe(0.8, () => upTo(20) - 1),
    });
    return {
      ...{ batch, heads, kvHeads, queries, keys, headDim: upTo(32), valueDim: upTo(32) },
      mask: {
        causal: random() < 0.3,
        window: maybe(0.3, window),
        prefix: maybe(0.3, () => upTo(60) - 1),
      },
      shownKeys: maybe(0.3, () => random()),
      dense: maybe(0.3, () => [shape(), random()] as const),
      documents: maybe(0.3, () => upTo(40)),
      bias: maybe(0.5, shape),
      scale: maybe(0.2, () => 2 * random() - 1),
      dropout: maybe(0.3, () => ({ rate: 0.6 * random(), seed: upTo(1e6) })),
      layout: maybe(0.5, () => "bshd" as const),
      room: maybe(0.3, () => upTo(20) - 1),
    } as AttentionCase;
  });
}
