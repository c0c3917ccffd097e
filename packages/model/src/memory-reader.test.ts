import { dispose, type Tensor3D, tensor2d } from "@tensorflow/tfjs-core";
import { type Positional, Rng } from "@tx/core";
import { alibi, combined, learned, transformerXL } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  beamSearch,
  type CausalLanguageModel,
  generate,
  generateBatch,
  generateBatchStream,
  generateBeams,
  type NextTokenModel,
} from "./index";
import { logSoftmax } from "./log-softmax";
import { modelOf } from "./testing/model-of";

const PROMPT = [3, 1, 4];
/** Three segments of four tokens, the last not full. */
const LONG = [5, 9, 2, 6, 5, 3, 5, 8, 9, 7];
const xl = (memoryLen: number) =>
  transformerXL({ dModel: 8, heads: 2, headDim: 4, layers: 2, memoryLen, rng: new Rng(4) });
const withMemory = (memoryLen: number, positional: Positional = xl(memoryLen)) =>
  modelOf({ maxLen: 30, layers: 2, positional });
const ids = (row: readonly number[]) => tensor2d([[...row]], undefined, "int32");
const greedy = { maxNewTokens: 9, temperature: 0, rng: new Rng(1), contextLength: 4 };
const likeliest = (logits: number[]) => logits.indexOf(Math.max(...logits));

/** Logits after a text that began with a prompt, everything computed from the start, written out. */
async function uncached(model: CausalLanguageModel, text: readonly number[], prompt: number) {
  const last = async (logits: Tensor3D) => (await logits.array())[0]!.at(-1)!;
  if (text.length <= 4) return last(model.forward(ids(text)));
  let [start, memory]: [number, Tensor3D[]?] = [0];
  let logits: Tensor3D | undefined;
  const atOnce = Math.max(prompt, 5);
  while (start < text.length) {
    // A prompt in segments of 4, or what there is when the text outgrows the context; then one by one.
    const end = start < atOnce ? Math.min(start + 4, atOnce) : start + 1;
    ({ logits, memory } = model.forwardSegment(ids(text.slice(start, end)), memory));
    start = end;
  }
  return last(logits!);
}

async function wanted(model: CausalLanguageModel, prompt: readonly number[]) {
  const text = [...prompt];
  while (text.length < prompt.length + 9) {
    text.push(likeliest(await uncached(model, text, prompt.length)));
  }
  return text.slice(prompt.length);
}

test.each([
  ["a prompt within the context", PROMPT],
  ["a prompt that fills it", LONG.slice(0, 4)],
  ["a prompt of one token more", LONG.slice(0, 5)],
  ["a prompt of two full segments", LONG.slice(0, 8)],
  ["a prompt of more", LONG],
])("a memory goes on as segments computed anew: %s", async (_, prompt) => {
  const texts = new Set<string>();
  for (const memoryLen of [1, 6]) {
    const model = withMemory(memoryLen);
    expect(model.memoryLen).toBe(memoryLen);
    const got = await generate(model, prompt, { ...greedy, beyondContext: "memory" });
    expect(got).toEqual(await wanted(model, prompt));
    expect(await generate(model, prompt, greedy)).toEqual(got);
    texts.add(String(got));
  }
  expect(texts.size).toBeGreaterThan(1);
});

test.each<[string, () => Positional]>([
  ["Transformer-XL", () => xl(30)],
  ["with ALiBi", () => combined([alibi(), xl(30)])],
])("a memory of the whole text is as one pass over it: %s", async (_, positional) => {
  const model = withMemory(30, positional());
  for (const prompt of [PROMPT, LONG]) {
    const settings = { ...greedy, temperature: 2 };
    const whole = { ...settings, contextLength: 30, rng: new Rng(5) };
    const got = await generate(model, prompt, { ...settings, rng: new Rng(5) });
    expect(got).toEqual(await generate(model, prompt, whole));
  }
});

test("a segment's logits and memory are the decoder's, and it leaves nothing else", async () => {
  const model = withMemory(3);
  const first = model.forwardSegment(ids([3, 1, 4, 1]));
  expect(first.memory.map(({ shape }) => shape)).toEqual(Array(2).fill([1, 3, 8]));
  await expectClose(first.logits, model.forward(ids([3, 1, 4, 1])), { rtol: 1e-4, atol: 1e-4 });
  const second = model.forwardSegment(ids([5, 9]), first.memory);
  const x = model.embedding.forward(ids([5, 9]));
  const { output } = model.decoder.forwardSegment(x, first.memory);
  await expectClose(second.logits, model.head.forward(output));
  const [text, other] = [ids([5, 9]), modelOf()];
  await expectNoLeak(() => {
    const made = model.forwardSegment(text, first.memory);
    dispose([made.logits, ...made.memory]);
    expect(() => other.forwardSegment(text)).toThrow(
      new RangeError(
        "positional: expected a strategy that adds nothing to embeddings for segments, got learned",
      ),
    );
  });
});

test("what adds to embeddings has no memory: its positions would be another segment's", async () => {
  const positional = combined([learned({ maxLen: 30, dModel: 8, rng: new Rng(2) }), xl(3)]);
  const model = withMemory(3, positional);
  expect(model.memoryLen).toBe(0);
  const slide = { ...greedy, beyondContext: "slide" } as const;
  expect(await generate(model, LONG, greedy)).toEqual(await generate(model, LONG, slide));
});

test("a memory is not what sliding gives, which can still be asked for", async () => {
  const model = withMemory(3);
  const slid = await generate(model, LONG, { ...greedy, beyondContext: "slide" });
  expect(slid).toEqual(
    await generate(model, LONG.slice(-4), { ...greedy, beyondContext: "slide" }),
  );
  expect(slid).not.toEqual(await generate(model, LONG, greedy));
});

test.each([[{}], [{ endToken: 8 }], [{ endToken: 3 }], [{ endToken: 6 }]])(
  "texts of a batch are as alone, also where some end before others: %o",
  async (ending) => {
    const model = withMemory(3);
    const prompts = [LONG, PROMPT, [9], LONG.slice(2), [2, 6, 5], [7, 7, 7]];
    const settings = { maxNewTokens: 9, temperature: 1.5, contextLength: 4, ...ending };
    const seeds = new Rng(5);
    const alone: number[][] = [];
    for (const prompt of prompts) {
      alone.push(await generate(model, prompt, { ...settings, rng: new Rng(seeds.nextSeed()) }));
    }
    await expectNoLeak(async () => {
      expect(await generateBatch(model, prompts, { ...settings, rng: new Rng(5) })).toEqual(alone);
    });
  },
);

test.each([["within the context"], ["past it"]])(
  "beams carry their memory: a prompt %s",
  async (where) => {
    const [model, prompt] = [withMemory(3), where === "past it" ? LONG : PROMPT];
    const options = { beams: 3, maxNewTokens: 6, endToken: 7, lengthPenalty: 1, contextLength: 4 };
    const found = await generateBeams(model, prompt, options);
    const searched = await beamSearch(
      ({ texts }) =>
        Promise.all(
          texts.map(async (text) =>
            logSoftmax(await uncached(model, [...prompt, ...text], prompt.length)),
          ),
        ),
      options,
    );
    expect(found.map((text) => text.ids)).toEqual(searched.map((text) => text.ids));
    for (const [n, { score }] of found.entries()) expect(score).toBeCloseTo(searched[n]!.score, 4);
    const slid = await generateBeams(model, prompt, { ...options, beyondContext: "slide" });
    expect(slid[0]!.score).not.toBeCloseTo(found[0]!.score, 4);
  },
);

test("leaves nothing behind, also where it ends early", async () => {
  const model = withMemory(3);
  const beams = { beams: 3, maxNewTokens: 6, contextLength: 4 };
  await expectNoLeak(async () => {
    await generate(model, LONG, greedy);
    await generateBeams(model, LONG, beams);
    for (const prompts of [
      [LONG, PROMPT],
      [PROMPT, [9]],
    ]) {
      let told = 0;
      for await (const _ of generateBatchStream(model, prompts, greedy)) if (++told === 7) break;
    }
    const onToken = () => {
      throw new Error("stop");
    };
    await expect(generate(model, LONG, { ...greedy, onToken })).rejects.toThrow("stop");
    for (const run of [
      (signal: AbortSignal) => generate(model, LONG, { ...greedy, signal }),
      (signal: AbortSignal) => generateBatch(model, [LONG, [9]], { ...greedy, signal }),
      (signal: AbortSignal) => generateBeams(model, LONG, { ...beams, signal }),
    ]) {
      const control = new AbortController();
      const going = run(control.signal);
      control.abort(new Error("enough"));
      await expect(going).rejects.toThrow("enough");
    }
  });
});

test("a model that breaks in a later segment leaves nothing of the earlier ones", async () => {
  const model = withMemory(3);
  let calls = 0;
  const breaking: NextTokenModel = {
    ...{ vocabSize: 11, maxLen: 30, memoryLen: 3 },
    newCaches: (batch, maxLen) => model.newCaches(batch, maxLen),
    forward: (text, caches, visible) => model.forward(text, caches, visible),
    forwardSegment: (text, memory) => {
      if (++calls === 3) throw new Error("broken");
      return model.forwardSegment(text, memory);
    },
  };
  await expectNoLeak(async () => {
    await expect(generate(breaking, LONG, greedy)).rejects.toThrow("broken");
    calls = 1;
    await expect(generate(breaking, PROMPT, greedy)).rejects.toThrow("broken");
  });
});
