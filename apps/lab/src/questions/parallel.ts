import {
  abs,
  max,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { type CausalLanguageModel, gpt } from "@tx/model";
import { rope } from "@tx/positional";
import { rowsTensor } from "@tx/training";
import { type Experiment, type Progress, type Results, text } from "../experiment/experiment";
import { Owner } from "../experiment/owner";
import { median } from "../experiment/statistics";
import { numberOf } from "../experiment/values";
import { Meter } from "../measures/meter";
import { type AtLength, parallelResults } from "./parallel-results";

const SIZES = { vocabSize: 64, heads: 4, dModel: 128 };

export const parallel: Experiment = {
  id: "parallel",
  question: 16,
  parameters: [
    {
      ...{ kind: "number", name: "longest", min: 16, max: 512, step: 16, default: 128 },
      label: text("longest text, in tokens", "最长文本的词元数"),
    },
    {
      ...{ kind: "number", name: "layers", min: 1, max: 8, step: 1, default: 4 },
      label: text("layers", "层数"),
    },
    {
      ...{ kind: "number", name: "times", min: 1, max: 20, step: 1, default: 3 },
      label: text("times that each is measured", "每项测量次数"),
    },
  ],
  smallest: { longest: 16, layers: 1, times: 1 },
  seconds: 12,

  async *run(values, { seed }): AsyncGenerator<Progress, Results, void> {
    const [longest, layers, times] = ["longest", "layers", "times"].map((name) =>
      numberOf(values, name),
    ) as [number, number, number];
    const lengths = [8, 16, 32, 64, 128, 256, 512].filter((length) => length <= longest);
    const rng = new Rng(seed);
    // A step without a cache costs what it reads, all others about the same.
    const meter = new Meter(
      lengths.reduce((sum, length) => sum + (times + 1) * (2 * length + 1), 0),
    );
    const owner = new Owner();
    try {
      const positional = rope({ headDim: SIZES.dModel / SIZES.heads });
      const model = owner.own(gpt({ ...SIZES, maxLen: longest, layers, positional, rng }));
      owner.own(positional);
      const found: AtLength[] = [];
      for (const length of lengths) {
        meter.note = text(`${length} tokens`, `${length} 个词元`);
        const values = Int32Array.from({ length }, () => rng.integer(SIZES.vocabSize));
        const ids = owner.own(rowsTensor({ values, shape: [1, length] }));
        const onePass: number[] = [];
        const again: number[] = [];
        const cached: number[] = [];
        // Once more than is counted: the first time pays for what is made ready.
        for (let time = 0; time <= times; time++) {
          onePass.push(await timed(() => model.forward(ids)));
          yield* meter.did();
          again.push(yield* withoutCache(model, ids, meter));
          cached.push(yield* withCache(model, ids, meter));
        }
        const of = (all: readonly number[]) => median(all.slice(1));
        found.push({
          ...{ length, onePass: of(onePass), again: of(again), cached: of(cached) },
          difference: await differenceOf(model, ids),
        });
      }
      return parallelResults(found);
    } finally {
      owner.dispose();
    }
  },

  plots: ({ series }) => {
    const tokens = { label: text("tokens", "词元数"), log: true };
    const names = (prefix: string) =>
      series.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name);
    return [
      {
        ...{ kind: "lines", name: "times", series: names("time-"), x: tokens, marked: true },
        title: text("Time for all logits of a text", "得到整段文本全部 logit 的时间"),
        y: { label: text("milliseconds", "毫秒"), log: true },
      },
      {
        ...{ kind: "lines", name: "work", series: names("work-"), x: tokens, marked: true },
        title: text("Tokens that go through the model", "经过模型的词元数"),
        y: { label: text("tokens", "词元数"), log: true },
      },
      {
        ...{ kind: "lines", name: "steps", series: names("steps-"), x: tokens, marked: true },
        title: text("Passes that wait for each other", "必须先后进行的前向次数"),
        y: { label: text("passes", "次数"), log: true },
      },
    ];
  },

  code: `import { tensor2d, slice } from "@tensorflow/tfjs-core";
import { useBackend } from "@tx/backend";
import { Rng } from "@tx/core";
import { gpt } from "@tx/model";

await useBackend("simd");
const model = gpt({ vocabSize: 11, maxLen: 8, layers: 2, heads: 2, dModel: 16, rng: new Rng(1) });
const ids = tensor2d([[3, 1, 4, 1, 5, 9, 2, 6]], undefined, "int32");
const atOnce = model.forward(ids); // training: every place at once, since all tokens are known
const caches = model.newCaches(1, 8);
for (let place = 0; place < 8; place++) {
  const next = model.forward(slice(ids, [0, place], [1, 1]), caches); // writing: one after the other
  console.log(place, next.arraySync()[0]![0]![0], atOnce.arraySync()[0]![place]![0]);
}`,

  references: [
    {
      ...{ authors: "Vaswani et al.", title: "Attention Is All You Need", year: 2017 },
      ...{ section: "4, table 1", url: "https://arxiv.org/abs/1706.03762" },
    },
    {
      authors: "Shazeer",
      title: "Fast Transformer Decoding: One Write-Head is All You Need",
      ...{ year: 2019, section: "2", url: "https://arxiv.org/abs/1911.02150" },
    },
  ],
};

/** Milliseconds until the numbers are there. */
async function timed(run: () => Tensor): Promise<number> {
  const before = performance.now();
  const output = run();
  try {
    await output.data();
  } finally {
    output.dispose();
  }
  return performance.now() - before;
}

/** Each token's logits by reading all up to it again: milliseconds, pauses left out. */
async function* withoutCache(
  model: CausalLanguageModel,
  ids: Tensor2D,
  meter: Meter,
): AsyncGenerator<Progress, number, void> {
  let sum = 0;
  for (let read = 1; read <= ids.shape[1]; read++) {
    sum += await timed(() => tidy(() => model.forward(slice(ids, [0, 0], [1, read]))));
    yield* meter.did();
  }
  return sum;
}

/** Each token's logits from it alone and what a cache keeps: milliseconds, pauses left out. */
async function* withCache(
  model: CausalLanguageModel,
  ids: Tensor2D,
  meter: Meter,
): AsyncGenerator<Progress, number, void> {
  const caches = model.newCaches(1, ids.shape[1]);
  let sum = 0;
  try {
    for (let place = 0; place < ids.shape[1]; place++) {
      sum += await timed(() => tidy(() => model.forward(slice(ids, [0, place], [1, 1]), caches)));
      yield* meter.did();
    }
  } finally {
    for (const cache of caches) cache.dispose();
  }
  return sum;
}

/** Largest difference between the logits of one pass and those of the last cached step. */
async function differenceOf(model: CausalLanguageModel, ids: Tensor2D): Promise<number> {
  const length = ids.shape[1];
  const caches = model.newCaches(1, length);
  try {
    const difference = tidy(() => {
      const whole: Tensor3D = slice(model.forward(ids), [0, length - 1, 0], [1, 1, -1]);
      model.forward(slice(ids, [0, 0], [1, length - 1]), caches);
      const last = model.forward(slice(ids, [0, length - 1], [1, 1]), caches);
      return max(abs(sub(whole, last)));
    });
    try {
      return (await difference.data())[0]!;
    } finally {
      difference.dispose();
    }
  } finally {
    for (const cache of caches) cache.dispose();
  }
}
