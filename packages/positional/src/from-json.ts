import type { Positional, PositionalConfig, Rng } from "@tx/core";
import { type LearnedOptions, learned } from "./learned";
import { type SinusoidalOptions, sinusoidal } from "./sinusoidal";

type Maker = (options: Record<string, unknown>, rng: Rng) => Positional;

// The options come from a file: each factory checks its own.
const makers: Record<string, Maker> = {
  sinusoidal: (options) => sinusoidal(options as unknown as SinusoidalOptions),
  learned: (options, rng) => learned({ ...(options as unknown as LearnedOptions), rng }),
};

/**
 * The strategy that a config names, with weights of its own where it has any.
 *
 * @param rng Source of first weights.
 * @throws RangeError for a kind or version that is not known, or options that make no sense.
 */
export function positionalFromJSON(config: PositionalConfig, rng: Rng): Positional {
  const { kind, version, ...options } = config;
  const make = Object.hasOwn(makers, kind) ? makers[kind] : undefined;
  if (!make) {
    const known = Object.keys(makers).join(", ");
    throw new RangeError(`positional.kind: expected one of ${known}, got "${kind}"`);
  }
  if (version !== 1) {
    throw new RangeError(`positional.version: expected 1 for ${kind}, got ${version}`);
  }
  return make(options, rng);
}
