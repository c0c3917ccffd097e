import { oneOf } from "./check";
import { constant } from "./constant";
import { cosine } from "./cosine";
import { cosineWarmRestarts } from "./cosine-warm-restarts";
import { exponential } from "./exponential";
import { inverseSqrt } from "./inverse-sqrt";
import { linear } from "./linear";
import { noam } from "./noam";
import { oneCycle } from "./one-cycle";
import { polynomial } from "./polynomial";
import { scaled } from "./scale";
import type { Schedule } from "./schedule";
import { sequenced } from "./sequence";
import { warmed } from "./warmup";
import { warmupStableDecay } from "./warmup-stable-decay";

/** The factories by kind, as functions of unchecked options: each checks every option itself. */
const factories = {
  constant,
  cosine,
  cosineWarmRestarts,
  exponential,
  inverseSqrt,
  linear,
  noam,
  oneCycle,
  polynomial,
  scale: scaled,
  sequence: sequenced,
  warmup: warmed,
  warmupStableDecay,
} as unknown as { readonly [kind: string]: (options: object) => Schedule };

/**
 * Rebuilds a schedule from what its toJSON gave, or from what JSON.parse made of its text; schedules
 * made of others too, however deep.
 *
 * @throws RangeError naming the known kinds if the kind is none of them, and if the version or an
 * option is unknown, missing or refused by the schedule itself.
 */
export const scheduleFromJSON = (config: unknown): Schedule => {
  const { kind, version, ...options } = Object(config);
  oneOf("kind", kind, Object.keys(factories));
  oneOf("version", version, [1]);
  for (const name in options) options[name] = revived(options[name]);
  const schedule = factories[kind]!(options);
  // Every schedule states all its options, so a name that it does not state is not one of them.
  for (const name in options) oneOf(`${kind} option`, name, Object.keys(schedule.toJSON()));
  return schedule;
};

/** An option's value, with schedules where it has their configurations. */
const revived = (value: { readonly kind?: unknown } | undefined): unknown =>
  Array.isArray(value) ? value.map(revived) : value?.kind ? scheduleFromJSON(value) : value;
