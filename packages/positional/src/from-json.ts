import {
  type Migration,
  Module,
  migrated,
  type Positional,
  type PositionalConfig,
  type Rng,
} from "@tx/core";
import { type AlibiOptions, alibi } from "./alibi";
import { type AxialOptions, axial } from "./axial";
import { combined } from "./combined";
import { type CopeOptions, cope } from "./cope";
import { type DapeOptions, dape } from "./dape";
import { type FireOptions, fire } from "./fire";
import { type KerpleOptions, kerple } from "./kerple";
import { type LearnedOptions, learned } from "./learned";
import { membersFromJSON, ordered } from "./members-from-json";
import { nope } from "./nope";
import { perLayer } from "./per-layer";
import type { ScaledRopeOptions } from "./rope-frequencies";
import { scaledRope } from "./scaled-rope";
import { type ShawOptions, shaw } from "./shaw";
import { type SinusoidalOptions, sinusoidal } from "./sinusoidal";
import { type T5BiasOptions, t5Bias } from "./t5";
import { type TrainedSinusoidalOptions, trainedSinusoidal } from "./trained-sinusoidal";
import { type TransformerXLOptions, transformerXL } from "./transformer-xl";
import { type XposOptions, xpos } from "./xpos";

type Maker = (options: Record<string, unknown>, rng: Rng) => Positional;

// The options come from a file: each factory checks its own.
const makers: Record<string, Maker> = {
  sinusoidal: (options) => sinusoidal(options as unknown as SinusoidalOptions),
  learned: (options, rng) => learned({ ...(options as unknown as LearnedOptions), rng }),
  alibi: (options) => alibi(options as AlibiOptions),
  kerple: (options, rng) => kerple({ ...(options as unknown as KerpleOptions), rng }),
  fire: (options, rng) => fire({ ...(options as unknown as FireOptions), rng }),
  cope: (options, rng) => cope({ ...(options as unknown as CopeOptions), rng }),
  dape: readDape,
  rope: (options) => scaledRope(options as unknown as ScaledRopeOptions),
  shaw: (options, rng) => shaw({ ...(options as unknown as ShawOptions), rng }),
  t5: (options, rng) => t5Bias({ ...(options as unknown as T5BiasOptions), rng }),
  "transformer-xl": (options, rng) =>
    transformerXL({ ...(options as unknown as TransformerXLOptions), rng }),
  xpos: (options) => xpos(options as unknown as XposOptions),
  "trained-sinusoidal": (options) =>
    trainedSinusoidal(options as unknown as TrainedSinusoidalOptions),
  axial: (options, rng) => axial({ ...(options as unknown as AxialOptions), rng }),
  nope: () => nope(),
  combined: ({ strategies }, rng) => membersFromJSON(strategies, made(rng), combined),
  "per-layer": ({ strategies, order }, rng) =>
    membersFromJSON(strategies, made(rng), (members) => perLayer(ordered(members, order))),
};

/** Lift configs of earlier versions, of each kind that has any; see CONTRIBUTING.md. */
const migrations: Readonly<Record<string, readonly Migration[]>> = {};

/** The kinds that {@link positionalFromJSON} knows. */
export const positionalKinds: readonly string[] = /* @__PURE__ */ Object.keys(makers);

/**
 * The strategy that a config names, with weights of its own where it has any.
 *
 * @param rng Source of first weights.
 * @throws RangeError for a kind or version that is not known, or options that make no sense.
 */
export function positionalFromJSON(config: PositionalConfig, rng: Rng): Positional {
  const steps = stepsOf(config.kind);
  const { kind, version, ...options } = migrated(config, steps);
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (!make) {
    throw new RangeError(
      `positional.kind: expected one of ${positionalKinds.join(", ")}, got "${kind}"`,
    );
  }
  const newest = steps.length + 1;
  if (version !== newest) {
    throw new RangeError(`positional.version: expected ${newest} for ${kind}, got ${version}`);
  }
  return make(options, rng);
}

const stepsOf = (kind: string): readonly Migration[] =>
  Object.hasOwn(migrations, kind) ? migrations[kind]! : [];

function readDape({ around: config, ...options }: Record<string, unknown>, rng: Rng): Positional {
  const around = positionalFromJSON((config ?? {}) as PositionalConfig, rng);
  try {
    return dape({ ...(options as unknown as DapeOptions), around, rng });
  } catch (error) {
    if (around instanceof Module) around.dispose();
    throw error;
  }
}

function made(rng: Rng): (config: PositionalConfig) => Positional {
  return (config) => positionalFromJSON(config, rng);
}
