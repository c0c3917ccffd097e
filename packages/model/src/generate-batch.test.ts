import { slice, type Tensor2D, type Tensor3D, tensor2d } from "@tensorflow/tfjs-core";
import { type Positional, Rng } from "@tx/core";
import { alibi, nope, rope, shaw, sinusoidal, t5Bias, transformerXL } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type GenerateOptions, generate, generateBatch, generateBatchStream } from "./index";
import { modelOf } from "./testing/model-of";

const PROMPTS = [[3, 1, 4, 1, 5], [9], [2, 6, 5]];
const rng = () => new Rng(3);
const strategies: [string, () => "learned" | Positional][] = [
  ["learned", () => "learned"],
  ["sinusoidal", () => sinusoidal({ dModel: 8 })],
  ["rope", () => rope({ headDim: 4 })],
  ["alibi", () => alibi()],
  ["t5", () => t5Bias({ heads: 2, rng: rng() })],
  ["shaw", () => shaw({ headDim: 4, clip: 2, rng: rng() })],
  ["transformer-xl", () => transformerXL({ dModel: 8, heads: 2, headDim: 4, rng: rng() })],
  ["nope", () => nope()],
];

type Options = Omit<GenerateOptions, "rng">;

/** Each prompt alone, with the source that it has in a batch. */
async function alone(model: ReturnType<typeof modelOf>, prompts: number[][], options: Options) {
  const seeds = new Rng(5);
  const texts: number[][] = [];
  for (const prompt of prompts) {
    texts.push(await generate(model, prompt, { ...options, rng: new Rng(seeds.nextSeed()) }));
  }
  return texts;
}

test.each(strategies)("each text is as alone, also past the context: %s", async (_, positional) => {
  const model = modelOf({ maxLen: 9, positional: positional() });
  const options = { maxNewTokens: 8, temperature: 2 };
  const got = await generateBatch(model, PROMPTS, { ...options, rng: new Rng(5) });
  expect(got).toEqual(await alone(model, PROMPTS, options));
  model.dispose();
});

test("texts end each at its own time, and the others go on as alone", async () => {
  const model = modelOf({ maxLen: 9 });
  for (const endToken of [...Array(11).keys()]) {
    const options = { maxNewTokens: 9, temperature: 1.5, endToken };
    const got = await generateBatch(model, PROMPTS, { ...options, rng: new Rng(5) });
    expect(got).toEqual(await alone(model, PROMPTS, options));
  }
});

test("texts that fit the context again once the longest has ended are read with caches again", async () => {
  const model = modelOf({ maxLen: 7 });
  const prompts = [[3, 1, 4, 1, 5, 9], [2], [6, 5]];
  const first = (await alone(model, prompts, { maxNewTokens: 1 }))[0]![0]!;
  for (const [maxNewTokens, endToken] of [
    [4, first],
    [9, 8],
    [9, 0],
  ] as const) {
    const got = await generateBatch(model, prompts, { maxNewTokens, endToken, rng: new Rng(5) });
    expect(got).toEqual(await alone(model, prompts, { maxNewTokens, endToken }));
  }
});

test("tells tokens in the order of the prompts, and of texts that go on only", async () => {
  const model = modelOf({ maxLen: 9 });
  const told: number[][] = PROMPTS.map(() => []);
  const settings = { maxNewTokens: 9, temperature: 1.5, endToken: 8 };
  const onToken = (id: number, row: number) => told[row]!.push(id);
  const got = await generateBatch(model, PROMPTS, { ...settings, onToken, rng: new Rng(5) });
  expect(told).toEqual(got);
  const rows: number[] = [];
  for await (const { row } of generateBatchStream(model, PROMPTS, { ...settings, rng: rng() })) {
    rows.push(row);
  }
  expect(rows.slice(0, 3)).toEqual([0, 1, 2]);
});

test("rows padded on the left give the logits of the rows alone, with caches and without", async () => {
  const model = modelOf();
  const ids = (rows: number[][]) => tensor2d(rows, undefined, "int32");
  const padded = ids([
    [0, 0, 3, 1],
    [9, 2, 6, 5],
  ]);
  const visible: Tensor2D = tensor2d([0, 0, 1, 1, 1, 1, 1, 1], [2, 4], "bool");
  const single = model.forward(ids([[3, 1, 7]]));
  const caches = model.newCaches(2, 5);
  const last = (logits: Tensor3D) => slice(logits, [0, logits.shape[1] - 1, 0], [1, 1, -1]);
  const near = { rtol: 1e-4, atol: 1e-4 };
  const wanted = (await single.array())[0]!;
  await expectClose(last(model.forward(padded, undefined, visible)), wanted[1]!, near);
  await expectClose(last(model.forward(padded, caches, visible)), wanted[1]!, near);
  await expectClose(last(model.forward(ids([[7], [1]]), caches)), wanted[2]!, near);
  for (const cache of caches) cache.dispose();
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const model = modelOf();
  const options = { maxNewTokens: 3, rng: rng() };
  const refused = (prompts: number[][], message: string) =>
    expect(generateBatch(model, prompts, options)).rejects.toThrow(new RangeError(message));
  await expectNoLeak(async () => {
    await generateBatch(model, PROMPTS, { ...options, maxNewTokens: 4, endToken: 3 });
    await refused([], "prompts: expected at least one, got none");
    await refused([[1], []], "prompts[1]: expected at least one token, got none");
    await refused([[1], [11]], "prompts[1]: expected whole numbers in [0, 11), got 11");
    for await (const { row } of generateBatchStream(model, PROMPTS, options)) if (row === 1) break;
  });
});
