import {
  add,
  randomNormal,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import { type Positional, Rng, spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  alibi,
  combined,
  learned,
  nope,
  perLayer,
  positionalFromJSON,
  rope,
  shaw,
  sinusoidal,
  t5Bias,
  transformerXL,
} from "./index";
import { contextOf, HEAD_DIM, HEADS, noScores, queries, span } from "./score-case";

const EXACT = { rtol: 0, atol: 0 };
const D_MODEL = 5;
const rng = () => new Rng(3);
const waves = () => sinusoidal({ dModel: D_MODEL });
const table = (maxLen = 30) => learned({ maxLen, dModel: D_MODEL, rng: rng() });
const turning = () => rope({ headDim: HEAD_DIM - 1 });
const buckets = () => t5Bias({ heads: HEADS, rng: rng() });
const vectors = (values = true) => shaw({ headDim: HEAD_DIM, clip: 2, values, rng: rng() });
const xl = (memoryLen = 0) =>
  transformerXL({ dModel: 7, heads: HEADS, headDim: HEAD_DIM, memoryLen, rng: rng() });
/** A strategy that does nothing but what is said. */
const own = (fields: object): Positional => ({
  kind: "own",
  toJSON: () => ({ kind: "own", version: 1 }),
  ...fields,
});
const hooks = ["embed", "rotate", "bias", "scores", "values", "forLayer"] as const;
const hooksOf = (strategy: Positional) => hooks.filter((hook) => strategy[hook]);

test("adds to embeddings what each member adds", async () => {
  const [a, b] = [waves(), table()];
  const x = randomNormal([2, 4, D_MODEL], 0, 1, "float32", 4) as Tensor3D;
  const got = combined([a, alibi(), b]).embed!(x, span);
  await expectClose(got, b.embed(a.embed(x, span), span), EXACT);
});

test("rotates as the one that does, and adds up biases", async () => {
  const [turn, a, b] = [turning(), alibi(), buckets()];
  const both = combined([turn, a, b]);
  const t = queries(HEAD_DIM - 1);
  await expectClose(both.rotate!(t, "q", span), turn.rotate(t, "q", span), EXACT);
  const wanted = add(a.bias(HEADS, span), b.bias(HEADS, span));
  await expectClose(both.bias!(HEADS, span, 0), wanted, EXACT);
});

test("changes scores and values in the order of the list", async () => {
  const [a, b] = [vectors(), xl()];
  const context = contextOf();
  const both = combined([a, b]);
  const wanted = b.scores(a.scores(noScores(), context), context);
  await expectClose(both.scores!(noScores(), context), wanted, EXACT);
  const weights = randomNormal(noScores().shape, 0, 1, "float32", 8) as Tensor4D;
  const got = both.values!(queries(), weights, context);
  await expectClose(got, a.values(queries(), weights, context), EXACT);
  const twice = own({ scores: (scores: Tensor4D) => add(scores, scores) });
  const last = own({ readsScores: true, scores: (scores: Tensor4D) => add(scores, 1) });
  const one = add(noScores(), 1) as Tensor4D;
  await expectClose(combined([twice, last]).scores!(one, context), add(one, 2), EXACT);
});

test("has the hooks that a member has, and no others", () => {
  expect(hooksOf(combined([nope()]))).toEqual([]);
  expect(hooksOf(combined([waves(), turning()]))).toEqual(["embed", "rotate"]);
  expect(hooksOf(combined([alibi(), nope()]))).toEqual(["bias"]);
  expect(hooksOf(combined([vectors(), xl()]))).toEqual(["scores", "values"]);
  expect(hooksOf(combined([table(), perLayer([turning(), nope()])]))).toEqual([
    "embed",
    "forLayer",
  ]);
});

test("says what its members say of lengths, distances, caches and memory", () => {
  expect(combined([alibi(), buckets()]).maxLen).toBeUndefined();
  expect(combined([table(9), table(7), alibi()]).maxLen).toBe(7);
  const relative = (...members: Positional[]) => combined(members).relative;
  expect(relative(turning(), alibi(), buckets(), nope())).toBe(true);
  expect(relative(alibi(), vectors())).toBe(true);
  expect(relative(waves(), alibi())).toBe(false);
  // Shaw's vectors meet rotated queries.
  expect(relative(turning(), vectors())).toBe(false);
  expect(relative(perLayer([turning()]), vectors())).toBe(false);
  expect(combined([alibi()]).cacheKeys).toBeUndefined();
  expect(combined([turning(), alibi()]).cacheKeys).toBe("rotated");
  expect(combined([turning(), own({ cacheKeys: "raw" })]).cacheKeys).toBe("raw");
  expect(combined([alibi(), xl()]).memory).toBeUndefined();
  expect(combined([alibi(), xl(3)]).memory?.len).toBe(3);
  const reading = own({ readsScores: true });
  expect(combined([alibi(), reading]).readsScores).toBe(true);
  expect(combined([alibi()]).readsScores).toBeUndefined();
});

test("has members as a layer has them", async () => {
  const [turn, none, a] = [turning(), nope(), alibi()];
  const both = combined([perLayer([turn, none]), a]);
  expect(hooksOf(both)).toEqual(["bias", "forLayer"]);
  expect(hooksOf(both.forLayer!(2))).toEqual(["rotate", "bias"]);
  expect(hooksOf(both.forLayer!(3))).toEqual(["bias"]);
  const t = queries(HEAD_DIM - 1);
  await expectClose(
    both.forLayer!(2).rotate!(t, "k", { q: span.k, k: span.q }),
    turn.rotate(t, "k", { q: span.k, k: span.q }),
    EXACT,
  );
  expect(combined([both, table()]).forLayer!(1).maxLen).toBe(30);
  const late = combined([perLayer([none, turn]), turning()]);
  expect(late.forLayer!(0).kind).toBe("combined");
  expect(() => late.forLayer!(1)).toThrow("expected one that rotates");
});

test("lists each parameter once, and gradients reach them all", async () => {
  const [a, b] = [vectors(), xl()];
  const both = combined([alibi(), a, b]);
  expect([...both.parameters().keys()]).toEqual([
    ...["strategies.1.key", "strategies.1.value", "strategies.2.layers.0.content"],
    ...["strategies.2.layers.0.distance", "strategies.2.layers.0.projection.kernel"],
  ]);
  const context = contextOf();
  await expectGradients(
    (key: Tensor, distance: Tensor) => {
      Object.assign(a, { key });
      Object.assign(b.layers[0]!, { distance });
      return both.scores!(noScores(), context);
    },
    [
      randomNormal([5, HEAD_DIM], 0, 1, "float32", 1),
      randomNormal([HEADS, HEAD_DIM], 0, 1, "float32", 2),
    ],
    { epsilon: 0.5 },
  );
});

test("reads as JSON, nested too, and comes back", async () => {
  const both = combined([table(), combined([turning(), alibi()]), nope()]);
  const config = JSON.parse(JSON.stringify(both));
  expect(config).toEqual({
    ...{ kind: "combined", version: 1 },
    strategies: [
      { kind: "learned", version: 1, maxLen: 30, dModel: 5 },
      {
        ...{ kind: "combined", version: 1 },
        strategies: [turning().toJSON(), alibi().toJSON()],
      },
      { kind: "nope", version: 1 },
    ],
  });
  const again = positionalFromJSON(config, rng());
  expect(again.toJSON()).toEqual(config);
  expect(hooksOf(again)).toEqual(["embed", "rotate", "bias"]);
});

test("refuses what does not go together, and leaves nothing behind", async () => {
  const [turn, other, a] = [turning(), rope({ headDim: 4, base: 50 }), alibi()];
  const [one, two] = [xl(2), xl(2)];
  const reading = (kind: string) => own({ kind, readsScores: true });
  const refused = (strategies: unknown, message: string) =>
    expect(() => combined(strategies as Positional[])).toThrow(new RangeError(message));
  const x = randomNormal([2, 4, D_MODEL]) as Tensor3D;
  await expectNoLeak(() => {
    refused([], "strategies: expected a list of one or more, got []");
    refused(undefined, "strategies: expected a list of one or more, got undefined");
    refused([a, "rope"], 'strategies[1]: expected a strategy, got "rope"');
    refused([a, a], "strategies: expected each once, got one of alibi, alibi twice");
    refused(
      [turn, a, other],
      "strategies: expected one that rotates, since two rotations multiply and no longer turn by the distance, got rope, rope",
    );
    refused([one, two], "strategies: expected one with memory, got transformer-xl, transformer-xl");
    for (const list of [
      [reading("first"), a],
      [reading("first"), reading("second")],
    ]) {
      refused(
        list,
        `strategies: expected one that reads the scores to come last, once all others changed them, got first, ${list[1]!.kind} where first reads them`,
      );
    }
    refused(
      [combined([a, reading("last")]), turn],
      "strategies: expected one that reads the scores to come last, once all others changed them, got combined, rope where combined reads them",
    );
    const made = combined([table(), sinusoidal({ dModel: D_MODEL }), vectors(), buckets(), a]);
    made.embed!(x, span).dispose();
    made.bias!(HEADS, span, 0).dispose();
    expect(() => made.embed!(x, spanOf(4, 4, 29))).toThrow(
      new RangeError("position: expected 0 to 29 (maxLen 30), got 29 to 32"),
    );
    made.dispose();
  });
});
