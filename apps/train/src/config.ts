import { z } from "zod";
import { UserError } from "./user-error";

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

type Expectation = { error: (issue: { input?: unknown }) => string };

const expected = (what: string): Expectation => ({
  error: ({ input }) => `expected ${what}, got ${show(input)}`,
});
const show = (value: unknown) => JSON.stringify(value) ?? String(value);

function whole(least: number, most: number) {
  const message = expected(
    `a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}`,
  );
  return z.int(message).min(least, message).max(most, message);
}

/** A number above zero. */
function positive() {
  const message = expected("a number above 0");
  return z.number(message).positive(message);
}

/** A number of at least zero. */
function notNegative() {
  const message = expected("a number of at least 0");
  return z.number(message).nonnegative(message);
}

function oneOf<const Names extends readonly string[]>(names: Names) {
  return z.enum(names, expected(`one of ${names.join(", ")}`));
}

function text() {
  return z.string(expected("text"));
}

function share() {
  const message = expected("a number from 0 to below 1");
  return z.number(message).min(0, message).lt(1, message);
}

/** Everything that decides how a run goes. Two runs of one config on one backend are the same. */
const schema = z
  .strictObject({
    /** Path of the text; null is the novel. */
    text: text().min(1, expected("the path of a text file")).nullable(),
    backend: oneOf(backendNames),
    steps: whole(1, 10_000_000),
    batch: whole(1, 4096),
    length: whole(1, 8192),
    layers: whole(1, 128),
    heads: whole(1, 128),
    dModel: whole(1, 8192),
    /** Width inside the feed-forward; null is four times dModel. */
    dFF: whole(1, 65_536).nullable(),
    dropout: share(),
    positional: oneOf(["learned", "sinusoidal"]),
    /** The highest rate, in either schedule. */
    rate: positive(),
    schedule: oneOf(["cosine", "noam"]),
    /** Steps until the highest rate; null is a tenth of the steps, at most 50. */
    warmup: whole(0, 10_000_000).nullable(),
    weightDecay: notNegative(),
    clip: positive(),
    seed: whole(0, 2_147_483_647),
    evalEvery: whole(1, 10_000_000),
    /** Most held-out characters that are read at each evaluation while training. */
    evalCharacters: whole(1, 1_000_000_000),
    /** Most held-out characters that are read for the final loss and for the bigram loss. */
    finalCharacters: whole(1, 1_000_000_000),
    /** What the sample goes on from; empty is a new line. */
    prompt: text(),
    /** Characters of the sample; 0 is no sample. */
    sample: whole(0, 1_000_000),
    temperature: notNegative(),
    /** The sample draws from this many likeliest characters; null is all of them. */
    topK: whole(1, 1_000_000).nullable(),
  })
  .superRefine(({ dModel, heads, steps, warmup, schedule }, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message });
    if (dModel % heads !== 0) {
      refuse("dModel", `expected a multiple of heads=${heads}, got ${dModel}`);
    }
    if (warmup !== null && warmup > steps) {
      refuse("warmup", `expected at most steps=${steps}, got ${warmup}`);
    }
    if (warmup === 0 && schedule === "noam") {
      refuse("warmup", "expected at least 1 with schedule noam, got 0");
    }
  });

export type Config = z.infer<typeof schema>;

/** The one place of the defaults: a model that learns to write words in about half a minute on two cores. */
export const defaults: Config = {
  text: null,
  backend: "auto",
  steps: 3000,
  batch: 16,
  length: 32,
  layers: 2,
  heads: 4,
  dModel: 64,
  dFF: null,
  dropout: 0,
  positional: "learned",
  rate: 8e-3,
  schedule: "cosine",
  warmup: null,
  weightDecay: 0.1,
  clip: 1,
  seed: 1,
  evalEvery: 300,
  evalCharacters: 4096,
  finalCharacters: 32_768,
  prompt: "",
  sample: 300,
  temperature: 0.8,
  topK: null,
};

/** Values as they came in, with a word on where each came from for the messages. */
export interface ConfigSource {
  readonly values: Readonly<Record<string, unknown>>;
  /** How to name a key of these values in a message: `--d-model`, or `config.json: dModel`. */
  readonly nameOf: (key: string) => string;
}

/**
 * One valid config of the defaults and the sources, later sources first in rank.
 *
 * @throws UserError `name: expected …, got …`, one line for each wrong value.
 */
export function resolveConfig(...sources: readonly ConfigSource[]): Config {
  const values = Object.assign({}, defaults, ...sources.map((source) => source.values));
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const origin = (key: string) =>
    [...sources].reverse().find((source) => Object.hasOwn(source.values, key));
  const lines = result.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `${origin(key)?.nameOf(key) ?? key}: no such setting`);
    }
    const key = String(issue.path[0]);
    return `${origin(key)?.nameOf(key) ?? key}: ${issue.message}`;
  });
  throw new UserError(lines.join("\n"));
}

/** Width inside the feed-forward. */
export const feedForwardWidth = ({ dFF, dModel }: Config): number => dFF ?? 4 * dModel;

/** Steps until the highest rate. */
export const warmupSteps = ({ warmup, steps, schedule }: Config): number =>
  warmup ?? Math.max(schedule === "noam" ? 1 : 0, Math.min(50, Math.floor(steps / 10)));
