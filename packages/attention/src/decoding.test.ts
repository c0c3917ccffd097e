import {
  concat,
  div,
  randomNormal,
  slice,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { type Mask, type Positional, Rng, spanOf } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import {
  type AttendOptions,
  additive,
  and,
  causal,
  causalWindow,
  cosine,
  dense,
  documents,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
  newCache,
  padding,
  paddingFromIds,
  prefix,
  scaledDotProduct,
  window,
} from "./index";
import { biasing, everything, rotating, scoring } from "./strategies";

const [BATCH, SEQ, D_MODEL, HEADS] = [2, 7, 12, 4];
const NEAR = { rtol: 1e-5, atol: 1e-5 };
const random = (shape: [number, number, number], seed: number): Tensor3D =>
  randomNormal(shape, 0, 1, "float32", seed);
const inputs = () => random([BATCH, SEQ, D_MODEL], 31);

type Options = Partial<MultiHeadAttentionOptions<boolean>>;
function layerOf(options: Options = {}): MultiHeadAttention<boolean> {
  const layer = new MultiHeadAttention<boolean>({
    ...{ dModel: D_MODEL, heads: HEADS, rng: new Rng(3), ...options },
  });
  let seed = 1;
  tidy(() => {
    for (const parameter of layer.parameters().values()) {
      parameter.assign(randomNormal(parameter.shape, 0, 0.4, "float32", seed++));
    }
  });
  return layer;
}

/** The part of a mask that speaks of the tokens from start on. */
function maskOf({ keys, documents, dense, ...places }: Mask, start: number, count: number): Mask {
  const part = <T extends Tensor>(t: T | undefined) => t && slice(t, [0, start], [-1, count]);
  return {
    ...places,
    keys: part(keys),
    documents: documents && {
      queries: part(documents.queries) as Tensor2D,
      keys: part(documents.keys) as Tensor2D,
    },
    dense: dense && slice(dense, [0, 0, start, 0], [-1, -1, count, start + count]),
  };
}

/** Decodes in parts and compares each with the whole. */
async function expectParity(
  layer: MultiHeadAttention<boolean>,
  { mask = causal(), ...call }: Pick<AttendOptions, "mask" | "positional">,
  parts: readonly number[],
): Promise<void> {
  const x = inputs();
  const whole = layer.forward(x, { ...call, mask, returnWeights: true });
  const cache = newCache(layer, { batch: BATCH, maxLen: SEQ + 2 });
  let start = 0;
  for (const count of parts) {
    const rows = slice(x, [0, start, 0], [-1, count, -1]);
    const own = maskOf(mask, start, count);
    const got = layer.forward(rows, { ...call, mask: own, cache, returnWeights: true });
    await expectClose(got.output, slice(whole.output, [0, start, 0], [-1, count, -1]), NEAR);
    start += count;
    const seen = slice(whole.weights, [0, 0, start - count, 0], [-1, -1, count, start]);
    await expectClose(got.weights, seen, NEAR);
  }
  expect(cache.length).toBe(start);
  cache.dispose();
}

/** Root mean square norm without a gain. */
const norm = () => ({
  forward: <T extends Tensor>(x: T): T => div(x, sqrt(sum(square(x), -1, true))) as T,
});

const layers: [string, () => Options][] = [
  ["plain", () => ({})],
  ["one head", () => ({ heads: 1 })],
  ["grouped queries", () => ({ kvHeads: 2 })],
  ["a single key head", () => ({ kvHeads: 1 })],
  ["a headDim of its own", () => ({ headDim: 5, kvHeads: 2 })],
  ["values of another width", () => ({ valueHeadDim: 5 })],
  ["no output projection", () => ({ output: false })],
  ["no biases", () => ({ bias: false })],
  ["a shared projection", () => ({ sharedQueryKey: true })],
  ["a norm before rotation", () => ({ queryKeyNorm: { norm, order: "before-rotation" } })],
  ["a norm after rotation", () => ({ queryKeyNorm: { norm, order: "after-rotation" } })],
  ["a scale of 1", () => ({ score: scaledDotProduct({ scale: 1 }) })],
  ["additive scores", () => ({ kvHeads: 2, score: additive({ queryDim: 3, rng: new Rng(1) }) })],
  ["cosine scores", () => ({ kvHeads: 2, score: cosine({ heads: HEADS }) })],
  ["scores of one's own", () => ({ score: scaledDotProduct().forward })],
];

const masks: [string, () => Mask][] = [
  ["causal", causal],
  ["a window", () => causalWindow(3)],
  ["a window and causal", () => and(causal(), window({ before: 2, after: 1 }))],
  ["a prefix", () => prefix(3)],
  [
    "documents",
    () =>
      and(
        causal(),
        documents(
          [
            [2, 5],
            [4, 1],
          ],
          SEQ,
        ),
      ),
  ],
  ["padding on the right", () => and(causal(), padding([7, 4], SEQ))],
  [
    "padding on the left",
    () =>
      and(
        causal(),
        paddingFromIds(
          tensor2d([
            [0, 0, 1, 1, 1, 1, 1],
            [1, 1, 1, 1, 1, 1, 1],
          ]),
          0,
        ),
      ),
  ],
  [
    "padding in the middle and documents",
    () =>
      and(
        causal(),
        {
          keys: tensor2d(
            [
              [1, 1, 1, 0, 1, 0, 1],
              [1, 1, 1, 1, 1, 1, 1],
            ],
            undefined,
            "bool",
          ),
        },
        documents([[3], [3, 4]], SEQ),
      ),
  ],
  [
    "a mask of one's own",
    () =>
      and(
        causal(),
        dense(
          tensor(
            Array.from({ length: BATCH * HEADS * SEQ * SEQ }, (_, n) =>
              (n * 7) % 5 === 0 ? 0 : 1,
            ),
            [BATCH, HEADS, SEQ, SEQ],
            "bool",
          ),
        ),
      ),
  ],
];

const strategies: [string, () => Positional | undefined][] = [
  ["no positions", () => undefined],
  ["rotated keys", () => rotating("rotated")],
  ["a bias", () => biasing],
  ["scores and values", () => scoring],
];

describe.each(layers)("%s: decoding gives what the whole gives", (_, options) => {
  test("a prefill, then one at a time", async () => {
    const positional = options().score ? rotating() : everything();
    await expectParity(layerOf(options()), { positional }, [3, 1, 1, 1, 1]);
  });
});

describe.each(masks)("%s: decoding gives what the whole gives", (_, mask) => {
  test.each(strategies)("%s", async (_, positional) => {
    const call = { mask: mask(), positional: positional() };
    await expectParity(layerOf({ kvHeads: 2 }), call, [4, 1, 2]);
  });
});

test.each([[[7]], [[1, 1, 1, 1, 1, 1, 1]], [[2, 3, 2]], [[5, 1, 1]]])(
  "in parts of %j",
  async (parts) => expectParity(layerOf(), { positional: everything() }, parts),
);

test("raw keys are turned anew each time, by where they then stand", async () => {
  const [layer, x, positional] = [layerOf({ kvHeads: 2 }), inputs(), rotating("raw")];
  const cache = newCache(layer, { batch: BATCH, maxLen: SEQ });
  for (let end = 3; end <= SEQ; end++) {
    const start = cache.length;
    const rows = slice(x, [0, start, 0], [-1, end - start, -1]);
    const got = layer.forward(rows, { mask: causal(), positional, cache });
    // The whole as it is now, of which the last rows are new: turned by the length of now.
    const now = slice(x, [0, 0, 0], [-1, end, -1]);
    const whole = layer.forward(now, { mask: causal(), positional });
    await expectClose(got, slice(whole, [0, start, 0], [-1, end - start, -1]), NEAR);
  }
  cache.dispose();
});

test.each([
  [
    "left",
    [
      [0, 0, 0, 1, 1],
      [1, 1, 1, 1, 1],
    ],
  ],
  [
    "right",
    [
      [1, 1, 0, 0, 0],
      [1, 1, 1, 1, 1],
    ],
  ],
])("rows padded on the %s are decoded as each by itself", async (_, shown) => {
  const [layer, x, positional] = [layerOf({ kvHeads: 2 }), inputs(), everything()];
  const cache = newCache(layer, { batch: BATCH, maxLen: SEQ });
  const outputs: Tensor3D[] = [];
  for (const [start, count] of [
    [0, 5],
    [5, 1],
    [6, 1],
  ] as const) {
    const visible = start === 0 ? tensor2d(shown, undefined, "bool") : undefined;
    const ids = cache.nextPositions(count, visible);
    const span = spanOf(count, start + count);
    outputs.push(
      layer.forward(slice(x, [0, start, 0], [-1, count, -1]), {
        mask: { causal: true, keys: visible },
        span: { ...span, q: { ...span.q, ids } },
        ...{ positional, cache },
      }),
    );
  }
  for (const [row, marks] of shown.entries()) {
    const own = [...marks, 1, 1].flatMap((mark, n) => (mark ? [n] : []));
    const rowOf = (all: Tensor3D, at: number) => slice(all, [row, at, 0], [1, 1, -1]);
    const alone = concatRows(own.map((at) => rowOf(x, at)));
    const wanted = layer.forward(alone, { mask: causal(), positional });
    const got = concatRows(own.map((at) => rowOf(concatRows(outputs), at)));
    await expectClose(got, wanted, NEAR);
  }
  cache.dispose();
});

function concatRows(rows: readonly Tensor3D[]): Tensor3D {
  return concat([...rows], 1);
}

test("decoding leaves nothing behind", async () => {
  const [layer, x, positional] = [layerOf({ kvHeads: 2 }), inputs(), everything()];
  const mask = and(causal(), padding([5, 3], 5), documents([[5], [2, 3]], 5));
  const step = documents([[1], [1]], 1);
  await expectNoLeak(() => {
    const cache = newCache(layer, { batch: BATCH, maxLen: SEQ });
    tidy(() => {
      layer.forward(slice(x, [0, 0, 0], [-1, 5, -1]), { mask, positional, cache });
      layer.forward(slice(x, [0, 5, 0], [-1, 1, -1]), { mask: step, positional, cache });
    });
    cache.dispose();
  });
});
