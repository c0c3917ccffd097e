import { z } from "zod";
import { attentions, embeddings, feedForwards, norms, residuals, scores } from "../parts/blocks";
import { models } from "../parts/models";
import { optimizers } from "../parts/optimizers";
import { type PartOptions, partNamed } from "../parts/part";
import { positionals } from "../parts/positionals";
import { presets } from "../parts/presets";
import { schedules } from "../parts/schedules";
import { tasks } from "../tasks/names";
import {
  flag,
  notNegative,
  oneOf,
  partOf,
  partOptions,
  positive,
  share,
  text,
  whole,
  wrongOption,
} from "./checks";

/** Names that `@tx/backend` takes; a copy, so that a wrong name is found before any backend is loaded. */
export const backendNames = [
  "auto",
  "webgpu",
  "simd",
  "node-gpu",
  "node",
  "wasm",
  "webgl",
  "cpu",
] as const;

/** The kinds of parts whose options are checked by name: the setting, its options, and the parts. */
const kinds = [
  ["positional", "positionalOptions", positionals],
  ["score", "scoreOptions", scores],
  ["ffn", "ffnOptions", feedForwards],
  ["schedule", "scheduleOptions", schedules],
  ["optimizer", "optimizerOptions", optimizers],
] as const;

const path = (what: string) => text(`the path of ${what}`).nullable();

/** Everything that decides how a run goes. Two runs of one config on one backend are the same. */
export const schema = z
  .strictObject({
    task: partOf(tasks),
    /** Path of the text; null is the novel. */
    text: path("a text file"),
    /** character, word, or the path of a tokenizer.json; null is what suits the task. */
    tokenizer: text('"character", "word" or the path of a tokenizer.json').nullable(),
    /** Most words of a word tokenizer. */
    words: whole(2, 1_000_000),
    /** Path of parallel lines, source and target with a tab between; null are numbers in words. */
    pairs: path("a file of parallel lines"),
    /** Languages of the numbers, as n2words names them. */
    from: text("a language such as en-US"),
    to: text("a language such as de-DE"),
    /** The largest number. */
    largest: whole(999, 999_999_999),
    /** Different symbols of the probes. */
    symbols: whole(2, 1000),
    /** The shape of the model; null is what suits the task. */
    model: partOf(models).nullable(),
    backend: oneOf(backendNames),
    steps: whole(1, 10_000_000),
    batch: whole(1, 4096),
    length: whole(1, 65_536),
    layers: whole(1, 128),
    heads: whole(1, 128),
    dModel: whole(1, 8192),
    /** Settings that belong together; null is none. */
    preset: partOf(presets).nullable(),
    /** Width inside the feed-forward; null is four times dModel, or two thirds of that with a gate. */
    dFF: whole(1, 65_536).nullable(),
    dropout: share(),
    embedding: partOf(embeddings),
    positional: partOf(positionals),
    positionalOptions: partOptions(),
    attention: partOf(attentions),
    /** Heads of keys and values of grouped attention; null is half of the heads. */
    kvHeads: whole(1, 128).nullable(),
    score: partOf(scores),
    scoreOptions: partOptions(),
    norm: partOf(norms),
    residual: partOf(residuals),
    ffn: partOf(feedForwards),
    ffnOptions: partOptions(),
    /** Whether linear parts and norms have a bias. */
    bias: flag(),
    /** Whether logits come from the embedding's own table. */
    tied: flag(),
    optimizer: partOf(optimizers),
    optimizerOptions: partOptions(),
    /** The highest rate, in any schedule; null is what suits optimizer and task. */
    rate: positive().nullable(),
    schedule: partOf(schedules),
    scheduleOptions: partOptions(),
    /** Steps until the highest rate; null is a tenth of the steps, at most 50. */
    warmup: whole(0, 10_000_000).nullable(),
    weightDecay: notNegative(),
    clip: positive(),
    seed: whole(0, 2_147_483_647),
    evalEvery: whole(1, 10_000_000),
    /** Most held-out tokens that are read at each evaluation while training. */
    evalTokens: whole(1, 1_000_000_000),
    /** Most held-out tokens that are read for the final loss and its yardstick. */
    finalTokens: whole(1, 1_000_000_000),
    /** Steps between lines of the metrics with norms by layer, weights and memory. */
    detailEvery: whole(1, 10_000_000),
    /** What the sample goes on from; empty is a new line. */
    prompt: text(),
    /** Tokens of the sample; 0 is no sample. */
    sample: whole(0, 1_000_000),
    temperature: notNegative(),
    /** The sample draws from this many likeliest tokens; null is all of them. */
    topK: whole(1, 1_000_000).nullable(),
  })
  .superRefine((config, context) => {
    const { dModel, heads, steps, warmup, schedule } = config;
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    if (dModel % heads !== 0) {
      refuse("dModel", `expected a multiple of heads=${heads}, got ${dModel}`);
    }
    const fitting = partNamed(tasks, config.task).models;
    if (config.model !== null && !fitting.includes(config.model)) {
      refuse(
        "model",
        `expected ${fitting.join(" or ")} with task ${config.task}, got ${config.model}`,
      );
    }
    const { positional, positionalOptions } = config;
    const causal = causalOnly(positional, positionalOptions);
    if (causal !== null && modelName(config) !== "decoder") {
      refuse(
        "positional",
        `expected one for tokens that see those after them, as in an encoder, got ${causal}, which is for decoders alone`,
      );
    }
    const { attention, kvHeads } = config;
    if (kvHeads !== null && attention !== "grouped") {
      refuse("kvHeads", `expected none with attention ${attention}, got ${kvHeads}`);
    }
    if (kvHeads !== null && heads % kvHeads !== 0) {
      refuse("kvHeads", `expected a divisor of heads=${heads}, got ${kvHeads}`);
    }
    if (kvHeads === null && attention === "grouped" && heads % 2 !== 0) {
      refuse(
        "attention",
        `expected an even number of heads, or kvHeads, for grouped, got ${heads}`,
      );
    }
    if (warmup !== null && warmup > steps) {
      refuse("warmup", `expected at most steps=${steps}, got ${warmup}`);
    }
    if (warmup === 0 && countsFromOne.includes(schedule)) {
      refuse("warmup", `expected at least 1 with schedule ${schedule}, got 0`);
    }
    for (const [key, optionsKey, parts] of kinds) {
      const wrong = wrongOption(partNamed(parts, config[key]), config[optionsKey]);
      if (wrong !== null) refuse(optionsKey, wrong);
    }
  });

/** The strategy, or one among its options, that makes sense only where tokens see none after them. */
function causalOnly(name: unknown, options: PartOptions): string | null {
  const part = positionals.find((each) => each.name === name);
  if (part?.causal) return part.name;
  for (const inner of [options.strategies ?? [], options.around ?? []].flat()) {
    const { kind = inner, ...rest } = typeof inner === "object" ? { ...inner } : {};
    const found = causalOnly(kind, rest);
    if (found !== null) return found;
  }
  return null;
}

/** Schedules that need a warmup. */
const countsFromOne = ["noam", "inverse-sqrt"];

export type Config = z.infer<typeof schema>;

/** The one place of the defaults: a model that learns to write words in about half a minute on two cores. */
export const defaults: Config = {
  task: "lm",
  text: null,
  tokenizer: null,
  words: 8192,
  pairs: null,
  from: "en-US",
  to: "fr-FR",
  largest: 999_999,
  symbols: 10,
  model: null,
  backend: "auto",
  steps: 3000,
  batch: 16,
  length: 32,
  layers: 2,
  heads: 4,
  dModel: 64,
  preset: null,
  dFF: null,
  dropout: 0,
  embedding: "small",
  positional: "learned",
  positionalOptions: {},
  attention: "multi-head",
  kvHeads: null,
  score: "dot",
  scoreOptions: {},
  norm: "layer",
  residual: "pre",
  ffn: "gelu-tanh",
  ffnOptions: {},
  bias: true,
  tied: true,
  optimizer: "adamw",
  optimizerOptions: {},
  rate: null,
  schedule: "cosine",
  scheduleOptions: {},
  warmup: null,
  weightDecay: 0.1,
  clip: 1,
  seed: 1,
  evalEvery: 300,
  evalTokens: 4096,
  finalTokens: 32_768,
  detailEvery: 10,
  prompt: "",
  sample: 300,
  temperature: 0.8,
  topK: null,
};

/** The shape of the model. */
export const modelName = ({ model, task }: Pick<Config, "model" | "task">): string =>
  model ?? partNamed(tasks, task).models[0]!;

/** Steps until the highest rate. */
export const warmupSteps = ({ warmup, steps, schedule }: Config): number =>
  warmup ??
  Math.max(countsFromOne.includes(schedule) ? 1 : 0, Math.min(50, Math.floor(steps / 10)));

/** The highest rate. */
export const peakRate = ({ rate, optimizer, task }: Config): number =>
  rate ?? partNamed(optimizers, optimizer).usualRate * (partNamed(tasks, task).rateShare ?? 1);
