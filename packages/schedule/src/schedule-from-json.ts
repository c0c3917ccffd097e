import { refuse } from "./check";
import { constant } from "./constant";
import { cosine } from "./cosine";
import { inverseSqrt } from "./inverse-sqrt";
import { linear } from "./linear";
import { noam } from "./noam";
import type { Schedule } from "./schedule";
import { warmupStableDecay } from "./warmup-stable-decay";

/** The factories by kind, as functions of unchecked options: each checks every option itself. */
const factories = { constant, cosine, inverseSqrt, linear, noam, warmupStableDecay } as unknown as {
  readonly [kind: string]: (options: Record<string, unknown>) => Schedule;
};

/**
 * Rebuilds a schedule from what its toJSON gave, or from the text JSON.parse made that of.
 *
 * @throws RangeError naming the known kinds if the kind is none of them, and if the version or an
 * option is unknown, missing or refused by the schedule itself.
 */
export function scheduleFromJSON(config: unknown): Schedule {
  if (typeof config !== "object" || config === null) {
    refuse("config", "an object with a kind", config);
  }
  const { kind, version, ...options } = config as Record<string, unknown>;
  const factory =
    typeof kind === "string" && Object.hasOwn(factories, kind) ? factories[kind] : undefined;
  if (factory === undefined) refuse("kind", `one of ${Object.keys(factories).join(", ")}`, kind);
  if (version !== 1) refuse("version", "1", version);
  const schedule = factory(options);
  // Every schedule states all its options, so a name that it does not state is not one of them.
  const known = Object.keys(schedule.toJSON()).slice(2);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse(`${kind} option`, `one of ${known.join(", ")}`, name);
  }
  return schedule;
}
