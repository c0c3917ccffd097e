import {
  concat,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import { causalWindow, cosine, type KeyValueCache } from "@tx/attention";
import { type Positional, Rng } from "@tx/core";
import { alibi, perLayer, rope, shaw, t5Bias } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { Decoder, standardBlock } from "./index";
import { streamOf } from "./testing/drawn";
import { D_MODEL, decoderOf } from "./testing/stacks";

const NEAR = { rtol: 1e-4, atol: 1e-5 };
const EXACT = { rtol: 0, atol: 0 };
const SEQ = 5;
const inputs = () => streamOf([2, SEQ, D_MODEL]);
const memoryOf = () => streamOf([2, 7, D_MODEL], 41);
const visible = (...rows: number[][]) => tensor2d(rows, undefined, "bool") as Tensor2D;
const memoryShown = () => visible([1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1]);
const tokens = (x: Tensor, start: number, len: number) =>
  slice(x, [0, start, 0], [-1, len, -1]) as Tensor3D;

/** Tokens a few at a time, with caches that are disposed in the end. */
function inSteps(
  decoder: Decoder,
  x: Tensor3D,
  caches: KeyValueCache[],
  shown?: Tensor2D,
): Tensor3D {
  const outputs = [
    [0, 2],
    [2, 1],
    [3, 2],
  ].map(([start, len]) =>
    decoder.forward(tokens(x, start!, len!), {
      ...{ caches, visible: shown && (slice(shown, [0, start!], [-1, len!]) as Tensor2D) },
    }),
  );
  for (const cache of caches) cache.dispose();
  return concat(outputs, 1);
}

test("goes through its blocks and its norm, with a mask of its own joined", async () => {
  const decoder = decoderOf();
  const x = inputs();
  const [first, second] = decoder.blocks;
  for (const mask of [undefined, causalWindow(2)]) {
    const seen = { mask: { ...mask, causal: true } };
    const wanted = decoder.norm!.forward(second!.forward(first!.forward(x, seen), seen));
    await expectClose(decoder.forward(x, { mask }), wanted as Tensor3D, EXACT);
  }
});

test("no token depends on a later one", async () => {
  const decoder = decoderOf({ cross: true });
  const [x, memory] = [inputs(), memoryOf()];
  const other = concat([tokens(x, 0, 3), streamOf([2, 2, D_MODEL], 90)], 1);
  const [one, two] = [x, other].map((input) => decoder.forward(input, { memory }));
  await expectClose(tokens(two!, 0, 3), tokens(one!, 0, 3), EXACT);
  await expect(expectClose(two!, one!)).rejects.toThrow("entry [0, 3,");
});

const strategies: [string, () => Positional | undefined][] = [
  ["no positions", () => undefined],
  ["RoPE", () => rope({ headDim: 3, rotaryDim: 2 })],
  ["T5", () => t5Bias({ heads: 2, buckets: 8, bidirectional: false, rng: new Rng(6) })],
  [
    "Shaw and ALiBi by layer",
    () => perLayer([shaw({ headDim: 3, clip: 2, rng: new Rng(7) }), alibi()]),
  ],
];

test.each(strategies)("decodes with caches as without: %s", async (_, positional) => {
  const x = inputs();
  const alone = decoderOf({ positional: positional() });
  await expectClose(
    inSteps(alone, x, alone.newCaches({ batch: 2, maxLen: SEQ })),
    alone.forward(x),
    NEAR,
  );
  const crossing = decoderOf({ positional: positional(), cross: true });
  const [memory, memoryVisible] = [memoryOf(), memoryShown()];
  const caches = crossing.newCaches({ maxLen: SEQ, memory, memoryVisible });
  expect(caches.map(({ batch, fixed }) => [batch, fixed])).toEqual([
    [2, false],
    [2, false],
    [2, true],
    [2, true],
  ]);
  const whole = crossing.forward(x, { memory, memoryVisible });
  await expectClose(inSteps(crossing, x, caches), whole, NEAR);
});

test.each(strategies)("padding on the left changes nothing in the tokens: %s", async (_, make) => {
  const decoder = decoderOf({ positional: make(), cross: true });
  const [x, memory, memoryVisible] = [inputs(), memoryOf(), memoryShown()];
  const shown = visible([0, 0, 1, 1, 1], [1, 1, 1, 1, 1]);
  const whole = decoder.forward(x, { visible: shown, memory, memoryVisible });
  const row = <T extends Tensor>(t: T, n: number) => slice(t, n, 1) as T;
  const alone = decoder.forward(tokens(row(x, 0), 2, 3), {
    memory: row(memory, 0),
    memoryVisible: row(memoryVisible, 0),
  });
  await expectClose(tokens(row(whole, 0), 2, 3), alone, NEAR);
  const caches = decoder.newCaches({ maxLen: SEQ, memory, memoryVisible });
  const steps = inSteps(decoder, x, caches, shown);
  await expectClose(tokens(steps, 2, 3), tokens(whole, 2, 3), NEAR);
});

test("rows of all caches are reordered together, as beams are", async () => {
  const decoder = decoderOf({ cross: true, positional: alibi() });
  const [x, memory, memoryVisible] = [inputs(), memoryOf(), memoryShown()];
  const caches = decoder.newCaches({ maxLen: SEQ, memory, memoryVisible });
  decoder.forward(tokens(x, 0, 4), { caches });
  for (const cache of caches) cache.reorder([1, 0, 1]);
  const wanted = tokens(decoder.forward(x, { memory, memoryVisible }), 4, 1);
  const rows = (t: Tensor3D) => concat([1, 0, 1].map((n) => slice(t, n, 1))) as Tensor3D;
  const output = decoder.forward(rows(tokens(x, 4, 1)), { caches });
  await expectClose(output, rows(wanted), NEAR);
  for (const cache of caches) cache.dispose();
});

test("fixed caches alone are read by texts that are read anew", async () => {
  const decoder = decoderOf({ cross: true });
  const [x, memory] = [inputs(), memoryOf()];
  const caches = decoder.newCaches({ maxLen: SEQ, memory });
  const fixed = caches.filter((cache) => cache.fixed);
  await expectClose(decoder.forward(x, { caches: fixed }), decoder.forward(x, { memory }), NEAR);
  for (const cache of caches) cache.dispose();
});

test("refuses parts and calls that do not fit, and leaves nothing behind", async () => {
  const options = { dModel: D_MODEL, heads: 2, rng: new Rng(1) };
  const [plain, cross] = [standardBlock(options), standardBlock({ ...options, cross: true })];
  const [alone, crossing] = [decoderOf(), decoderOf({ cross: true })];
  const [x, memory, wide] = [inputs(), memoryOf(), streamOf([2, 7, 9])];
  const caches = alone.newCaches({ batch: 2, maxLen: 4 });
  const few = visible([1, 1, 1], [1, 1, 1]);
  const refused = (call: () => unknown, message: string) => expect(call).toThrow(message);
  await expectNoLeak(() => {
    refused(
      () => new Decoder({ blocks: [plain, cross] }),
      "blocks: expected all with cross-attention or none, got 1 of 2",
    );
    refused(
      () => crossing.forward(x),
      "memory: expected something for cross-attention to read, got none",
    );
    refused(
      () => alone.forward(x, { memory }),
      "memory: expected none without cross-attention, got one",
    );
    refused(() => alone.forward(x, { caches }), "cache: expected at most 4 tokens, got 5");
    refused(() => alone.forward(x, { caches: caches.slice(1) }), "caches: expected 2, got 1");
    refused(
      () => crossing.forward(x, { caches }),
      "caches: expected 2 and 2 for the memory, got 2",
    );
    refused(
      () => alone.newCaches({ maxLen: 3, memory }),
      "memory: expected none without cross-attention, got one",
    );
    refused(
      () => crossing.newCaches({ maxLen: 3 }),
      "memory: expected something for cross-attention to read, got none",
    );
    refused(
      () => crossing.newCaches({ maxLen: 3, batch: 3, memory }),
      "batch: expected the memory's 2 rows, got 3",
    );
    refused(
      () => crossing.newCaches({ maxLen: 3, memory: wide }),
      "key: expected [batch=2, keys=7, 6], got [2, 7, 9]",
    );
    refused(
      () => crossing.newCaches({ maxLen: 3, memory, memoryVisible: few }),
      "mask.keys: expected [2, 7], got [2, 3]",
    );
    refused(() => alone.newCaches({ maxLen: 0 }), "maxLen: expected a whole number from 1, got 0");
  });
  expect(caches.map(({ length }) => length)).toEqual([0, 0]);
});

test("a call that fails half-way leaves the caches as they were", async () => {
  const failing: Positional = {
    kind: "failing",
    toJSON: () => ({ kind: "failing", version: 1 }),
    bias(_, __, layer) {
      if (layer === 1) throw new RangeError("bias: expected none, got asked");
      return zeros([1]);
    },
  };
  const decoder = decoderOf({ positional: failing });
  const x = inputs();
  const caches = decoder.newCaches({ batch: 2, maxLen: SEQ });
  await expectNoLeak(() => {
    expect(() => decoder.forward(x, { caches })).toThrow("bias: expected none");
  });
  expect(caches.map(({ length }) => length)).toEqual([0, 0]);
});

test("is made, run with caches and disposed without a leak", async () => {
  const [x, memory] = [inputs(), memoryOf()];
  await expectNoLeak(() =>
    tidy(() => {
      const decoder = decoderOf({ cross: true, block: { dropout: 0.1 } }).train();
      decoder.forward(x, { memory });
      inSteps(decoder.eval(), x, decoder.newCaches({ maxLen: SEQ, memory }));
      decoder.dispose();
    }),
  );
});

test("a score function that the positions do not suit is refused at once, block by block", () =>
  expectNoLeak(() => {
    const rng = new Rng(3);
    const score = cosine({ heads: 2 });
    const blocks = [standardBlock({ dModel: 6, heads: 2, score, rng })];
    const terms = shaw({ headDim: 3, clip: 2, rng });
    expect(() => new Decoder({ blocks, positional: terms })).toThrow(
      new RangeError(
        "positional: expected a strategy without scores beside a score function that is no scaled dot product, got shaw",
      ),
    );
    expect(() => new Decoder({ blocks, positional: alibi() })).not.toThrow();
    for (const part of [...blocks, terms]) part.dispose();
  }));
