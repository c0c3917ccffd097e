import { Module, type Positional, type PositionalConfig } from "@tx/core";

/**
 * What is made of several strategies, from their configs. Where one is refused, or all together are,
 * those that are there already are disposed.
 *
 * @throws RangeError if there is no list of configs, and as read and make.
 */
export function membersFromJSON<T>(
  configs: unknown,
  read: (config: PositionalConfig) => Positional,
  make: (strategies: readonly Positional[]) => T,
): T {
  if (!Array.isArray(configs) || configs.some((config) => typeof config !== "object" || !config)) {
    throw new RangeError(`strategies: expected a list of configs, got ${JSON.stringify(configs)}`);
  }
  const strategies: Positional[] = [];
  try {
    for (const config of configs) strategies.push(read(config));
    return make(strategies);
  } catch (error) {
    for (const strategy of strategies) if (strategy instanceof Module) strategy.dispose();
    throw error;
  }
}

/**
 * Strategies in an order, each as often as it says.
 *
 * @throws RangeError if order is no list of their numbers, or leaves one out.
 */
export function ordered(strategies: readonly Positional[], order: unknown): Positional[] {
  const numbers: unknown[] = Array.isArray(order) ? order : [];
  const members = numbers.map((number) =>
    Number.isInteger(number) ? strategies[number as number] : undefined,
  );
  if (
    members.length === 0 ||
    new Set(numbers).size < strategies.length ||
    members.includes(undefined)
  ) {
    throw new RangeError(
      `order: expected each number below ${strategies.length} once or more, got ${JSON.stringify(order)}`,
    );
  }
  return members as Positional[];
}
