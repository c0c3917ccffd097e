import { atMost, number, type oneOf } from "./check";
import type { Schedule, ScheduleConfig } from "./schedule";

/** Gives an option's value back, or a copy of it, or refuses it. */
type Check = (name: string, value: never, bound: never) => unknown;

/**
 * An option: its name, its check, what the check takes beside the value (the least, the choices), what
 * it is if it is left out, and the name of another option that it may not be above.
 */
type Rule<Name = unknown> = readonly [
  name: Name,
  check: Check,
  bound?: unknown,
  fallback?: unknown,
  limit?: string,
];

type Value<R extends Rule> = R extends readonly [
  unknown,
  typeof oneOf,
  readonly (infer Choice)[],
  ...unknown[],
]
  ? Choice
  : ReturnType<R[1]>;

/** What the options are once they are checked, in the order of their rules. */
type Values<R extends readonly Rule[]> = { readonly [I in keyof R]: Value<R[I]> };

/**
 * Makes a schedule of a formula: checks its options, each by its rule, and the step at every call.
 *
 * @param rules In the order that the options have in a configuration.
 * @param formula Takes the options in that order too.
 * @throws RangeError if an option is missing or refused by its rule.
 */
export const define = <O extends object, const R extends readonly Rule<keyof O & string>[]>(
  kind: string,
  options: O,
  rules: R,
  formula: (...values: Values<R>) => (step: number) => number,
  firstStep: 0 | 1 = 0,
): Schedule => {
  const values: Record<string, unknown> = {};
  for (const [name, check, bound, fallback] of rules) {
    const { [name]: value = fallback } = options as Record<string, unknown>;
    values[name] = check(name, value as never, bound as never);
  }
  // Limits come last, so that an option is compared with none that is itself to be refused.
  const rate = formula(
    ...(rules.map(([name, , , , limit]) =>
      atMost(name, values[name], limit, values[limit!]),
    ) as unknown as Values<R>),
  );
  return Object.assign((step: number) => rate(number("step", step, firstStep)), {
    firstStep,
    // As text and back: schedules among the options write themselves, and nothing is shared.
    toJSON: (): ScheduleConfig => JSON.parse(JSON.stringify({ kind, version: 1, ...values })),
  });
};
