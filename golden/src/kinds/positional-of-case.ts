import type { Tensor } from "@tensorflow/tfjs-core";
import { tensor } from "@tensorflow/tfjs-core";
import { type Positional, Rng } from "@tx/core";
import {
  alibi,
  type SinusoidalLayout,
  scaledRope,
  sinusoidalTable,
  t5Bias,
  t5Bucket,
  transformerXL,
} from "@tx/positional";
import type { CaseReader } from "../case-reader";
import type { GoldenCase } from "../golden-case";
import { NotMapped } from "../not-mapped";
import { linearWeights, plainWeight, type Weight } from "../weights";
import { readRopeOptions } from "./rope-of-case";
import { axis, hinted, holds } from "./shape-of-case";

/** Weights that only strategies have. */
export const positionalWeights = ["relative_attention_bias", "r_proj.weight", "u", "v"];

export interface PositionalOfCase {
  create(): Positional;
  /** Their paths begin with "positional.". */
  readonly weights: readonly Weight[];
  /** What the case lists of the strategy itself, for so many queries and keys. */
  outputs(queries: number, keys: number): Record<string, Tensor>;
}

interface Sizes {
  readonly dModel: number;
  readonly heads: number;
  readonly headDim: number;
}

type Reads = (reader: CaseReader, sizes: Sizes) => PositionalOfCase;

/** The strategies by what tells that a case has them; ALiBi is in no flag and no weight. */
const known: readonly (readonly [tells: (golden: GoldenCase) => boolean, reads: Reads])[] = [
  [(golden) => holds(golden, "config", "ropeLayout"), readRope],
  [(golden) => holds(golden, "weights", "relative_attention_bias"), readT5],
  [(golden) => holds(golden, "weights", "r_proj.weight", "u", "v"), readTransformerXL],
  [(golden) => hinted(golden, /alibi/i, /\bALiBi\b/i), readAlibi],
];

/** Whether attention in a case has positions of its own. */
export function hasPositional(golden: GoldenCase): boolean {
  return known.some(([tells]) => tells(golden));
}

/** @throws NotMapped if a case has several strategies. */
export function readPositional(reader: CaseReader, sizes: Sizes): PositionalOfCase | undefined {
  const told = known.filter(([tells]) => tells(reader.golden));
  if (told.length > 1) {
    throw new NotMapped(`positions: expected one strategy, got ${told.length}`);
  }
  return told[0]?.[1](reader, sizes);
}

const nothing = () => ({});

function readRope(reader: CaseReader, { headDim }: Sizes): PositionalOfCase {
  const options = readRopeOptions(reader, "ropeLayout", headDim);
  // What scaling by the length goes by; attention takes it from its keys.
  if (options.scaling?.type === "dynamic-ntk" && reader.has("inputs", "x")) {
    reader.sizes({ sequenceLength: axis(reader.input("x"), 1) });
  }
  return { create: () => scaledRope(options), weights: [], outputs: nothing };
}

function readAlibi(): PositionalOfCase {
  return { create: alibi, weights: [], outputs: nothing };
}

function readT5(reader: CaseReader, { heads }: Sizes): PositionalOfCase {
  const buckets = axis(reader.weight("relative_attention_bias"), 0);
  reader.sizes({ numBuckets: buckets });
  const options = {
    buckets,
    maxDistance: reader.number("maxDistance", 128),
    bidirectional: reader.flag("bidirectional"),
  };
  return {
    create: () => t5Bias({ ...options, heads, rng: new Rng(1) }),
    weights: [plainWeight(reader, "positional.table", "relative_attention_bias")],
    outputs: (queries, keys) => ({ bucket: bucketsOf(queries, keys, options) }),
  };
}

/** The bucket of every pair, both sides aligned at the end; [queries, keys]. */
function bucketsOf(queries: number, keys: number, options: Parameters<typeof t5Bucket>[1]): Tensor {
  const rows = Array.from({ length: queries }, (_, i) =>
    Array.from({ length: keys }, (_, j) => t5Bucket(j - (keys - queries + i), options)),
  );
  return tensor(rows.flat(), [queries, keys]);
}

function readTransformerXL(reader: CaseReader, sizes: Sizes): PositionalOfCase {
  const layout = reader.choice<SinusoidalLayout>(
    "sinusoidLayout",
    { concat: "concat", interleaved: "interleaved" },
    "concat",
  );
  const options = { ...sizes, dModel: axis(reader.weight("r_proj.weight"), 1), layout };
  return {
    create: () => transformerXL({ ...options, rng: new Rng(1) }),
    weights: [
      ...linearWeights(reader, "positional.layers.0.projection", "r_proj"),
      plainWeight(reader, "positional.layers.0.content", "u"),
      plainWeight(reader, "positional.layers.0.distance", "v"),
    ],
    outputs: (_, keys) => ({
      sinusoid_by_distance: sinusoidalTable(
        Array.from({ length: keys }, (_, distance) => distance),
        options.dModel,
        { layout },
      ),
    }),
  };
}
