import {
  randomNormal,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tensor3d,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type TransformerXLOptions, transformerXL } from "./index";
import { contextOf, explicit, HEAD_DIM, HEADS, noScores, pairs } from "./score-case";

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
  { clampLen = Number.POSITIVE_INFINITY, layout = "concat" }: Partial<TransformerXLOptions> = {},
): Promise<number[]> {
  const { query, key, scale } = contextOf();
  const own = strategy.layers[layer]!;
  const [q, k] = [await query.data(), await key.data()];
  const [kernel, u, v] = await Promise.all(
    [own.projection.kernel, own.content, own.distance].map((t) => t.data()),
  );
  const sines = Math.ceil(D_MODEL / 2);
  const wave = (far: number, column: number) => {
    const halves = layout === "concat";
    const pair = halves ? column % sines : Math.floor(column / 2);
    const cosine = halves ? column >= sines : column % 2 === 1;
    return (cosine ? Math.cos : Math.sin)(far * 10_000 ** ((-2 * pair) / D_MODEL));
  };
  return pairs((from, to, { b, h, i, j }) => {
    const far = Math.max(-clampLen, Math.min(clampLen, from - to));
    let total = 0;
    for (let n = 0; n < HEAD_DIM; n++) {
      const column = h * HEAD_DIM + n;
      let r = 0;
      for (let d = 0; d < D_MODEL; d++) r += wave(far, d) * kernel![d * HEADS * HEAD_DIM + column]!;
      total += u![column]! * k[((b * HEADS + h) * 7 + j) * HEAD_DIM + n]!;
      total += (q[((b * HEADS + h) * 4 + i) * HEAD_DIM + n]! + v![column]!) * r;
    }
    return scale * total;
  });
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

test("gradients are those that differences give", async () => {
  const strategy = make();
  const own = strategy.layers[0]!;
  const context = contextOf();
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
  await expectNoLeak(() => {
    const own = make({ layers: 2, shared: false });
    own.scores(scores, context).dispose();
    own.dispose();
    expect(() => strategy.scores(scores, { ...context, layer: 1 })).toThrow(
      new RangeError("layer: expected one of 1, got 1"),
    );
    expect(() => strategy.scores(scores, { ...context, span: told })).toThrow(
      new RangeError("span: expected positions that follow one another, got explicit ids"),
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
