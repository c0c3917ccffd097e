import { checkChoice, refuse } from "./check";
import { constant } from "./constant";
import { cosine } from "./cosine";
import { cosineWarmRestarts } from "./cosine-warm-restarts";
import { exponential } from "./exponential";
import { inverseSqrt } from "./inverse-sqrt";
import { linear } from "./linear";
import { noam } from "./noam";
import { oneCycle } from "./one-cycle";
import { polynomial } from "./polynomial";
import { scale } from "./scale";
import type { Schedule } from "./schedule";
import { sequence } from "./sequence";
import { type WarmupOptions, warmup } from "./warmup";
import { warmupStableDecay } from "./warmup-stable-decay";

type Options = Readonly<Record<string, unknown>>;

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
  scale: ({ schedule, factor }: Options) => scale(scheduleFromJSON(schedule), factor as number),
  sequence: ({ schedules, milestones }: Options) =>
    sequence(all(schedules), milestones as number[]),
  warmup: ({ schedule, ...options }: Options) =>
    warmup(scheduleFromJSON(schedule), options as unknown as WarmupOptions),
  warmupStableDecay,
} as unknown as { readonly [kind: string]: (options: Options) => Schedule };

const all = (configs: unknown): Schedule[] =>
  Array.isArray(configs)
    ? configs.map((config) => scheduleFromJSON(config))
    : refuse("schedules", "a list of configurations", configs);

/**
 * Rebuilds a schedule from what its toJSON gave, or from what JSON.parse made of its text; schedules
 * made of others too, however deep.
 *
 * @throws RangeError naming the known kinds if the kind is none of them, and if the version or an
 * option is unknown, missing or refused by the schedule itself.
 */
export function scheduleFromJSON(config: unknown): Schedule {
  if (typeof config !== "object" || config === null) {
    refuse("config", "an object with a kind", config);
  }
  const { kind, version, ...options } = config as Record<string, unknown>;
  checkChoice("kind", kind, factories);
  if (version !== 1) refuse("version", "1", version);
  const schedule = factories[kind as string]!(options);
  // Every schedule states all its options, so a name that it does not state is not one of them.
  const { kind: _, version: __, ...known } = schedule.toJSON();
  for (const name in options) checkChoice(`${kind} option`, name, known);
  return schedule;
}
