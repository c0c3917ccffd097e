import type { Text } from "../experiment/experiment";
import { median } from "../experiment/statistics";
import type { Family } from "../measures/strategies";

/** Lengths that are read, as multiples of the trained one. */
export const FACTORS = [1, 2, 4] as const;

interface Strategy {
  readonly name: string;
  readonly label: Text;
  readonly family: Family;
  /** Of the strategy alone. */
  readonly parameters: number;
}

/** What a strategy came to in one run. */
interface Run {
  /** Of a step of training; undefined where weights are another's. */
  readonly milliseconds?: number;
  /** Nats a token above the best possible, by place in the longest text that can be read. */
  readonly excess: readonly number[];
  /** The mean over the last trained length of texts of each factor; undefined where refused. */
  readonly at: readonly (number | undefined)[];
}

/** What a strategy came to in all runs. */
export interface Measured extends Strategy {
  readonly runs: readonly Run[];
}

/** Gathers runs by the name of their strategy, in the order in which strategies came first. */
export class Gathered {
  readonly #found = new Map<string, Strategy & { runs: Run[] }>();

  add({ name, label, family, parameters }: Strategy, run: Run): void {
    const before = this.#found.get(name);
    if (before) before.runs.push(run);
    else this.#found.set(name, { name, label, family, parameters, runs: [run] });
  }

  get all(): readonly Measured[] {
    return [...this.#found.values()];
  }
}

/** Each run's excess at a factor of the trained length; undefined where the length is refused. */
export function excessAt({ runs }: Measured, factor: (typeof FACTORS)[number]) {
  const of = runs.map(({ at }) => at[FACTORS.indexOf(factor)]);
  return of.every((value) => value !== undefined) ? (of as number[]) : undefined;
}

/** Median milliseconds of a step of training, where it was trained. */
export function timeOf({ runs }: Measured): number | undefined {
  const times = runs.flatMap(({ milliseconds }) => milliseconds ?? []);
  return times.length > 0 ? median(times) : undefined;
}
