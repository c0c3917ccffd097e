import {
  randomNormal,
  slice,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor2d,
  tensor3d,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import { Rng, type Span } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type TransformerXLOptions, transformerXL } from "./index";
import {
  BATCH,
  contextOf,
  explicit,
  gapped,
  gaps,
  HEAD_DIM,
  HEADS,
  noScores,
  pairs,
  span,
} from "./score-case";

const D_MODEL = 7;
const NEAR = { rtol: 1e-4, atol: 1e-5 };
const make = (options: Partial<TransformerXLOptions> = {}) => {
  const strategy = transformerXL({
    ...{ dModel: D_MODEL, heads: HEADS, headDim: HEAD_DIM, rng: new Rng(1), ...options },
  });
  let seed = 1;
  tidy(() => {
    for (const parameter of strategy.parameters().values()) {
      parameter.assign(randomNormal(parameter.shape, 0, 0.6, "float32", seed++));
    }
  });
  return strategy;
};

/** The paper's terms (b), (c) and (d) in loops and float64. */
async function wanted(
  strategy: ReturnType<typeof make>,
  layer: number,
  options: Partial<TransformerXLOptions> = {},
  positions?: typeof gaps,
): Promise<number[]> {
  const { clampLen = Number.POSITIVE_INFINITY, layout = "concat" } = options;
  const { dModel = D_MODEL } = options;
  const { query, key, scale } = contextOf();
  const own = strategy.layers[layer]!;
  const [q, k] = [await query.data(), await key.data()];
  const [kernel, u, v] = await Promise.all(
    [own.projection.kernel, own.content, own.distance].map((t) => t.data()),
  );
  const sines = Math.ceil(dModel / 2);
  const wave = (far: number, column: number) => {
    const halves = layout === "concat";
    const pair = halves ? column % sines : Math.floor(column / 2);
    const cosine = halves ? column >= sines : column % 2 === 1;
    return (cosine ? Math.cos : Math.sin)(far * 10_000 ** ((-2 * pair) / dModel));
  };
  return pairs((from, to, { b, h, i, j }) => {
    const far = Math.max(-clampLen, Math.min(clampLen, from - to));
    let total = 0;
    for (let n = 0; n < HEAD_DIM; n++) {
      const column = h * HEAD_DIM + n;
      let r = 0;
      for (let d = 0; d < dModel; d++) r += wave(far, d) * kernel![d * HEADS * HEAD_DIM + column]!;
      total += u![column]! * k[((b * HEADS + h) * 7 + j) * HEAD_DIM + n]!;
      total += (q[((b * HEADS + h) * 4 + i) * HEAD_DIM + n]! + v![column]!) * r;
    }
    return scale * total;
  }, positions);
}

test.each<Partial<TransformerXLOptions>>([{}, { layout: "interleaved" }, { clampLen: 2 }])(
  "adds the paper's terms: %o",
  async (options) => {
    const strategy = make(options);
    await expectClose(
      strategy.scores(noScores(), contextOf()),
      await wanted(strategy, 0, options),
      NEAR,
    );
  },
);

const variants: Partial<TransformerXLOptions>[] = [
  {},
  { layout: "interleaved" },
  { dModel: 6 },
  { dModel: 6, layout: "interleaved" },
  { dModel: 1 },
  { clampLen: 2 },
  { clampLen: 0, layout: "interleaved" },
];

test.each(variants)("explicit positions with gaps are what loops say: %o", async (options) => {
  const strategy = make(options);
  const scores = strategy.scores(noScores(), contextOf({ span: gapped() }));
  await expectClose(scores, await wanted(strategy, 0, options, gaps), NEAR);
});

test.each(variants)("positions told one by one do as those that follow: %o", async (options) => {
  const strategy = make(options);
  const following = strategy.scores(noScores(), contextOf());
  const { q, k } = explicit();
  for (const told of [explicit(), { q, k: span.k }, { q: span.q, k }]) {
    await expectClose(strategy.scores(noScores(), contextOf({ span: told })), following, NEAR);
  }
});

test("a memory beside padding on the left gives what one pass without both does", async () => {
  const [strategy, { query, key }] = [make(), contextOf()];
  // Two tokens of padding, then positions 0 to 4; the memory holds the first three tokens.
  const ids = (numbers: number[]) => tensor2d([numbers, numbers], undefined, "int32");
  const padded: Span = {
    q: { start: 3, len: 4, ids: ids([1, 2, 3, 4]) },
    k: { start: 0, len: 7, ids: ids([0, 0, 0, 1, 2, 3, 4]) },
  };
  const late = strategy.scores(noScores(), contextOf({ span: padded }));
  const tokens = slice(key, [0, 0, 2, 0], [-1, -1, 5, -1]);
  const plain: Span = { q: { start: 1, len: 4 }, k: { start: 0, len: 5 } };
  const context = contextOf({ query, key: tokens, span: plain });
  const whole = strategy.scores(zeros([BATCH, HEADS, 4, 5]), context);
  await expectClose(slice(late, [0, 0, 0, 2], [-1, -1, -1, 5]), whole, NEAR);
});

test("layers have projections of their own, and share u and v unless told otherwise", async () => {
  const paths = (options: Partial<TransformerXLOptions>) => [...make(options).parameters().keys()];
  expect(paths({ layers: 2 })).toEqual([
    ...["layers.0.content", "layers.0.distance", "layers.0.projection.kernel"],
    "layers.1.projection.kernel",
  ]);
  expect(paths({ layers: 2, shared: false })).toHaveLength(6);
  const strategy = make({ layers: 2 });
  const second = strategy.scores(noScores(), contextOf({ layer: 1 }));
  await expectClose(second, await wanted(strategy, 1), NEAR);
});

test.each<[string, Partial<TransformerXLOptions>, () => Span]>([
  ["positions that follow", {}, () => span],
  ["positions with gaps", {}, gapped],
  ["clamped distances", { clampLen: 2, layout: "interleaved" }, gapped],
])("gradients are those that differences give: %s", async (_, options, spanOf) => {
  const strategy = make(options);
  const own = strategy.layers[0]!;
  const context = contextOf({ span: spanOf() });
  const given = [own.projection.kernel, own.content, own.distance].map((t, n) =>
    randomNormal(t.shape, 0, 1, "float32", n + 1),
  );
  await expectGradients(
    (query: Tensor, key: Tensor, kernel: Tensor, content: Tensor, distance: Tensor) => {
      Object.assign(own.projection, { kernel });
      Object.assign(own, { content, distance });
      const heads = { query: query as Tensor4D, key: key as Tensor4D };
      return strategy.scores(noScores(), { ...context, ...heads });
    },
    [context.query, context.key, given[0]!, given[1]!, given[2]!],
    // Linear in each of them, so that far points are as good and the differences less noisy.
    { epsilon: 0.5 },
  );
});

test("memory keeps the last hidden states", async () => {
  expect(make().memory).toBeUndefined();
  const { memory } = make({ memoryLen: 3 });
  const hidden = (count: number, from: number): Tensor3D =>
    tensor3d(
      Array.from({ length: count }, (_, n) => from + n),
      [1, count, 1],
    );
  const [two, five] = [hidden(2, 0), hidden(5, 10)];
  await expectNoLeak(async () => {
    const first = memory!.next(null, two);
    await expectClose(first, [0, 1]);
    const second = memory!.next(first, five);
    await expectClose(second, [12, 13, 14]);
    const third = memory!.next(second, two);
    await expectClose(third, [14, 0, 1]);
    for (const kept of [first, second, third]) kept.dispose();
  });
  expect(memory!.len).toBe(3);
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, scores, context, told] = [make(), noScores(), contextOf(), explicit()];
  const two = zeros([2, 2, 4, HEAD_DIM]) as Tensor4D;
  const few: Span = { q: told.q, k: { ...span.k, ids: told.q.ids } };
  const below: Span = { q: told.q, k: { start: -1, len: 7 } };
  // The tables of waves that it keeps are no leak.
  strategy.scores(scores, { ...context, span: told });
  await expectNoLeak(() => {
    const own = make({ layers: 2, shared: false });
    own.scores(scores, context).dispose();
    own.scores(scores, { ...context, span: told }).dispose();
    own.dispose();
    expect(() => strategy.scores(scores, { ...context, layer: 1 })).toThrow(
      new RangeError("layer: expected one of 1, got 1"),
    );
    expect(() => strategy.scores(scores, { ...context, span: few })).toThrow(
      "span.k.ids: expected [2, 7], got [2, 4]",
    );
    expect(() => strategy.scores(scores, { ...context, span: below })).toThrow(
      new RangeError("span.k.start: expected one from 0 beside explicit ids, got -1"),
    );
    expect(() => strategy.scores(scores, { ...context, query: two })).toThrow(
      "query: expected [batch=2, 3, queries, 5], got [2, 2, 4, 5]",
    );
    const refused = (options: object, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused({ dModel: 0 }, "dModel: expected a whole number from 1, got 0");
    refused({ heads: 0 }, "heads: expected a whole number from 1, got 0");
    refused({ layers: 0 }, "layers: expected a whole number from 1, got 0");
    refused({ memoryLen: -1 }, "memoryLen: expected a whole number from 0, got -1");
    refused({ clampLen: 0.5 }, "clampLen: expected a whole number from 0, got 0.5");
    refused(
      { headDim: undefined },
      "headDim: expected a whole number from 1, got 2.3333333333333335",
    );
  });
  expect(JSON.parse(JSON.stringify(make({ clampLen: 9, memoryLen: 2 })))).toEqual({
    ...{ kind: "transformer-xl", version: 1, dModel: 7, heads: 3, headDim: 5, layers: 1 },
    ...{ shared: true, memoryLen: 2, clampLen: 9, layout: "concat" },
  });
});
