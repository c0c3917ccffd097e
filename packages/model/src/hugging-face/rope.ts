import type { PositionalConfig } from "@tx/core";
import type { RopeScaling } from "@tx/positional";
import type { LlamaConfig } from "../llama";
import type { HuggingFaceConfig, HuggingFaceJson } from "./hugging-face-config";

/** What the config of a rotary strategy holds. */
export interface RopeConfig extends PositionalConfig {
  readonly headDim: number;
  readonly base: number;
  readonly pairing: "half" | "interleaved";
  readonly rotaryDim: number;
  readonly scaling?: RopeScaling;
}

interface Lengths {
  readonly headDim: number;
  readonly maxLen: number;
}

/** Rotary positions as `rope_theta` and `rope_scaling` tell them, or `rope_parameters`, which has both. */
export function readRope(config: HuggingFaceConfig, { headDim, maxLen }: Lengths): RopeConfig {
  config.only("partial_rotary_factor", 1);
  const parameters = config.object("rope_parameters") ?? config.object("rope_scaling");
  const base = config.number("rope_theta", parameters?.number("rope_theta", 10_000) ?? 10_000);
  const scaling = parameters && readScaling(parameters, maxLen);
  return {
    ...{ kind: "rope", version: 1, headDim, base, pairing: "half", rotaryDim: headDim },
    ...(scaling && { scaling }),
  };
}

/** @throws RangeError naming a sort of scaling, or a part of one, that we do not have. */
function readScaling(rope: HuggingFaceConfig, maxLen: number): RopeScaling | undefined {
  const types = { default: "", linear: "", dynamic: "", yarn: "", llama3: "", longrope: "" };
  const field = rope.json.rope_type === undefined ? "type" : "rope_type";
  rope.choice(field, types, "default");
  const type = (rope.json[field] ?? "default") as keyof typeof types;
  if (type === "default") return undefined;
  const originalMaxLen = rope.count("original_max_position_embeddings", maxLen);
  const factor = rope.number("factor", Number(rope.json.factor ?? 1));
  if (type === "linear") return { type, factor };
  if (type === "dynamic") return { type: "dynamic-ntk", factor, originalMaxLen: maxLen };
  if (type === "llama3") {
    const lowFreqFactor = rope.number("low_freq_factor", 1);
    const highFreqFactor = rope.number("high_freq_factor", 4);
    return { type, factor, lowFreqFactor, highFreqFactor, originalMaxLen };
  }
  const attention = rope.json.attention_factor ?? undefined;
  const told =
    attention === undefined ? {} : { attentionFactor: rope.number("attention_factor", 1) };
  if (type === "yarn") {
    rope.only("mscale", undefined);
    rope.only("mscale_all_dim", undefined);
    rope.only("truncate", true);
    const betas = { betaFast: rope.number("beta_fast", 32), betaSlow: rope.number("beta_slow", 1) };
    return { type, factor, originalMaxLen, ...betas, ...told };
  }
  const shortFactors = rope.factors("short_factor");
  const longFactors = rope.factors("long_factor");
  const longer = { factor: rope.number("factor", maxLen / originalMaxLen) };
  return { type, shortFactors, longFactors, originalMaxLen, ...longer, ...told };
}

/** @throws RangeError naming what their config cannot say. */
export function writeRope({ positional, maxLen }: LlamaConfig): HuggingFaceJson {
  const { headDim, rotaryDim, base, scaling } = positional as RopeConfig;
  if (rotaryDim !== headDim) {
    throw new RangeError(
      `config.positional.rotaryDim: expected headDim=${headDim}, which is all that Llama turns, got ${rotaryDim}`,
    );
  }
  return { rope_theta: base, rope_scaling: scaling ? writeScaling(scaling, maxLen) : null };
}

function writeScaling(scaling: RopeScaling, maxLen: number): HuggingFaceJson {
  const original = (length: number) => ({ original_max_position_embeddings: length });
  switch (scaling.type) {
    case "linear":
      return { rope_type: "linear", factor: scaling.factor };
    case "dynamic-ntk":
      if (scaling.originalMaxLen === maxLen) {
        return { rope_type: "dynamic", factor: scaling.factor };
      }
      throw new RangeError(
        `config.positional.scaling.originalMaxLen: expected maxLen=${maxLen}, as Llama has it, got ${scaling.originalMaxLen}`,
      );
    case "llama3":
      return {
        ...{ rope_type: "llama3", factor: scaling.factor, ...original(scaling.originalMaxLen) },
        low_freq_factor: scaling.lowFreqFactor ?? 1,
        high_freq_factor: scaling.highFreqFactor ?? 4,
      };
    case "yarn":
      if ((scaling.ramp ?? "dimension") === "dimension") {
        return {
          ...{ rope_type: "yarn", factor: scaling.factor, ...original(scaling.originalMaxLen) },
          ...{ beta_fast: scaling.betaFast ?? 32, beta_slow: scaling.betaSlow ?? 1 },
          ...factorOf(scaling),
        };
      }
      throw new RangeError(
        `config.positional.scaling.ramp: expected "dimension", which is all that Llama has, got "${scaling.ramp}"`,
      );
    case "longrope":
      return {
        ...{ rope_type: "longrope", ...original(scaling.originalMaxLen) },
        ...{ short_factor: scaling.shortFactors, long_factor: scaling.longFactors },
        ...(scaling.factor !== undefined && { factor: scaling.factor }),
        ...factorOf(scaling),
      };
    default:
      throw new RangeError(
        `config.positional.scaling.type: expected one that Llama has, got "${scaling.type}"`,
      );
  }
}

const factorOf = ({ attentionFactor }: { attentionFactor?: number }) =>
  attentionFactor === undefined ? {} : { attention_factor: attentionFactor };
