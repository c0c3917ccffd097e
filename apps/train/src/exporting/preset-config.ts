import type { CausalLanguageModel, ModelsByKind } from "@tx/model";
import { flagOf } from "../commands/settings";
import type { Config } from "../config/config";
import { feedForwards } from "../parts/blocks";
import { partNamed } from "../parts/part";
import { UserError } from "../user-error";

/** A setting that a preset leaves no choice in, or a part of one. */
interface Wanted {
  readonly key: keyof Config;
  readonly says: string;
  readonly fits: (config: Config) => boolean;
}

/** Presets whose models are decoders of standard blocks. */
type Kind = "gpt" | "llama";

const only = <Key extends keyof Config>(
  key: Key,
  value: Config[Key],
  says = `${value}`,
): Wanted => ({
  ...{ key, says },
  fits: (config) => config[key] === value,
});
const isGated = ({ ffn }: Config) => partNamed(feedForwards, ffn).gated;
const common = [only("residual", "pre"), only("score", "dot")];

const wanted: Readonly<Record<Kind, readonly Wanted[]>> = {
  gpt: [
    ...common,
    only("norm", "layer"),
    only("attention", "multi-head"),
    { key: "ffn", says: "one without a gate", fits: (config) => isGated(config) === false },
  ],
  llama: [
    ...common,
    only("norm", "rms"),
    only("bias", false, "off"),
    { key: "ffn", says: "one with a gate", fits: (config) => isGated(config) === true },
  ],
};

/**
 * The config of the preset of `@tx/model` that has the parts of a run; positions are free in all.
 *
 * @param maxLen Longest sequence that it was trained with, in tokens; positions may set a shorter one.
 * @throws UserError naming each setting that the nearest preset does not have.
 */
export function presetConfigOf(
  model: CausalLanguageModel,
  config: Config,
  maxLen: number,
): ModelsByKind[Kind]["config"] {
  const kind = kindOf(config);
  const { heads, layers, dModel, dropout, tied } = config;
  const { attention, feedForward } = model.decoder.blocks[0]!;
  const { eps } = model.decoder.norm as unknown as { eps: number };
  const { expand, up } = feedForward as unknown as Record<string, { kernel: { shape: number[] } }>;
  const dFF = (expand ?? up)!.kernel.shape[1]!;
  const shared = {
    ...{ version: 1, vocabSize: model.vocabSize, layers, heads, dModel, dFF, dropout, eps, tied },
    maxLen: Math.min(model.maxLen, maxLen),
    positional: model.positional!.toJSON(),
  } as const;
  const { activation } = partNamed(feedForwards, config.ffn);
  const made =
    kind === "gpt"
      ? { kind, ...shared, bias: config.bias, activation }
      : { kind, ...shared, kvHeads: attention.kvHeads, headDim: dModel / heads, activation };
  return made as ModelsByKind[Kind]["config"];
}

/** The preset of which all that is wanted is there. */
function kindOf(config: Config): Kind {
  const all = (Object.keys(wanted) as Kind[]).map((kind) => ({
    kind,
    missing: wanted[kind].filter(({ fits }) => !fits(config)),
  }));
  const [nearest] = all.sort((a, b) => a.missing.length - b.missing.length);
  const { kind, missing } = nearest!;
  if (missing.length === 0) return kind;
  const told = missing.map(({ key, says }) => {
    const value = config[key];
    const got = typeof value === "boolean" ? (value ? "on" : "off") : value;
    return `${flagOf(key)}: expected ${says}, as the preset ${kind} has it, got ${got}`;
  });
  throw new UserError(
    `${told.join("; ")}: no preset of @tx/model has these parts, and --format weights writes the weights alone`,
  );
}
