import type { ModelsByKind } from "@tx/model";
import { flagOf } from "../commands/settings";
import { type Config, modelName } from "../config/config";
import { feedForwards } from "../parts/blocks";
import { decoderModel, encoderDecoderModel, type Model } from "../parts/build-model";
import { partNamed } from "../parts/part";
import { UserError } from "../user-error";

/** A setting that a preset leaves no choice in, or a part of one. */
interface Wanted {
  readonly key: keyof Config;
  readonly says: string;
  readonly fits: (config: Config) => boolean;
}

/** Presets of which a run can have the parts. */
type Kind = "gpt" | "llama" | "vanilla-transformer" | "t5";

const only = <Key extends keyof Config>(key: Key, value: Config[Key]): Wanted => ({
  ...{ key, says: typeof value === "boolean" ? (value ? "on" : "off") : `${value}` },
  fits: (config) => config[key] === value,
});

/** Undefined of a mixture of experts. */
function isGated({ ffn }: Config): boolean | undefined {
  const part = partNamed(feedForwards, ffn);
  return "mixed" in part ? undefined : part.gated;
}

const ungated: Wanted = {
  ...{ key: "ffn", says: "one without a gate" },
  fits: (config) => isGated(config) === false,
};
const gated: Wanted = {
  ...{ key: "ffn", says: "one with a gate" },
  fits: (config) => isGated(config) === true,
};
/** Of the paper's Transformer, both sides of which have one strategy. */
const weightless = ["sinusoidal", "rope", "alibi", "nope"];

const wanted: Readonly<Record<Kind, readonly Wanted[]>> = {
  gpt: [
    ...[only("residual", "pre"), only("score", "dot"), only("embedding", "small")],
    ...[only("norm", "layer"), only("attention", "multi-head"), ungated],
  ],
  llama: [
    ...[only("residual", "pre"), only("score", "dot"), only("embedding", "small")],
    ...[only("norm", "rms"), only("bias", false), gated],
  ],
  "vanilla-transformer": [
    ...[only("residual", "post"), only("score", "dot"), only("embedding", "unit")],
    ...[only("norm", "layer"), only("attention", "multi-head"), ungated],
    ...[only("bias", true), only("tied", true)],
    {
      ...{ key: "positional", says: `one of ${weightless.join(", ")}` },
      fits: ({ positional }) => weightless.includes(positional),
    },
  ],
  t5: [
    ...[only("residual", "pre"), only("score", "unscaled"), only("embedding", "small")],
    ...[only("norm", "rms"), only("attention", "multi-head"), only("bias", false)],
    only("tied", false),
    {
      ...{ key: "ffn", says: "one without experts, other than glu" },
      fits: (config) => isGated(config) !== undefined && config.ffn !== "glu",
    },
  ],
};

const kindsOf: Readonly<Record<string, readonly Kind[]>> = {
  decoder: ["gpt", "llama"],
  "encoder-decoder": ["vanilla-transformer", "t5"],
};

/**
 * The config of the preset of `@tx/model` that has the parts of a run.
 *
 * @param maxLen Longest sequence that a decoder was trained with, in tokens; positions may set a
 *   shorter one.
 * @throws UserError naming each setting that the nearest preset does not have.
 */
export function presetConfigOf(
  model: Model,
  config: Config,
  maxLen: number,
): ModelsByKind[Kind]["config"] {
  const kind = kindOf(config);
  const { heads, layers, dModel, dropout, bias, tied } = config;
  const part = partNamed(feedForwards, config.ffn);
  const activation = "mixed" in part ? undefined : part.activation;
  const { vocabSize, eps, dFF, kvHeads, positional, encoderPositional } = sizesOf(model, config);
  const shared = { kind, version: 1, vocabSize, layers, heads, dModel, dFF, dropout, eps };
  const most = Math.min(model.maxLen, maxLen);
  const headDim = dModel / heads;
  const own = {
    gpt: { maxLen: most, tied, bias, positional },
    llama: { maxLen: most, tied, kvHeads, headDim, positional },
    "vanilla-transformer": { attentionDropout: dropout, positional },
    t5: {
      ...{ headDim, gated: isGated(config), tied },
      ...{ positional: encoderPositional, decoderPositional: positional },
    },
  };
  return { ...shared, activation, ...own[kind] } as unknown as ModelsByKind[Kind]["config"];
}

/** What the model itself tells. */
function sizesOf(model: Model, config: Config) {
  const { decoder } =
    modelName(config) === "decoder" ? decoderModel(model) : encoderDecoderModel(model);
  const { attention, feedForward, feedForwardResidual } = decoder.blocks[0]!;
  const norm = (decoder.norm ?? feedForwardResidual.norm) as unknown as { eps: number };
  const { expand, up } = feedForward as unknown as Record<string, { kernel: { shape: number[] } }>;
  return {
    ...{ vocabSize: model.vocabSize, eps: norm.eps, kvHeads: attention.kvHeads },
    dFF: (expand ?? up)!.kernel.shape[1]!,
    positional: decoder.positional!.toJSON(),
    encoderPositional: "encoder" in model ? model.encoder.positional!.toJSON() : undefined,
  };
}

/** The preset of which all that is wanted is there. */
function kindOf(config: Config): Kind {
  const shape = modelName(config);
  const kinds = kindsOf[shape] ?? [];
  const all = kinds.map((kind) => ({
    kind,
    missing: wanted[kind].filter(({ fits }) => !fits(config)),
  }));
  const [nearest] = all.sort((a, b) => a.missing.length - b.missing.length);
  if (nearest === undefined) {
    throw new UserError(
      "--model: expected a decoder or an encoder-decoder for a preset of @tx/model, got an encoder, whose presets norm what is read and add segments to it",
    );
  }
  const { kind, missing } = nearest;
  if (missing.length === 0) return kind;
  const told = missing.map(({ key, says }) => {
    const value = config[key];
    const got = typeof value === "boolean" ? (value ? "on" : "off") : value;
    return `${flagOf(key)}: expected ${says}, as the preset ${kind} has it, got ${got}`;
  });
  throw new UserError(told.join("; "));
}
