import { loadavg } from "node:os";
import { type Statistics, statisticsOf } from "./statistics";

/** Somebody who does the same work as the others. */
export interface Contestant {
  readonly name: string;
  /** One turn; milliseconds of each piece of work in it. */
  turn(): Promise<number[]>;
}

interface Standing extends Statistics {
  readonly name: string;
  readonly times: readonly number[];
}

export interface Contest {
  readonly standings: readonly Standing[];
  /** One-minute load averages of the machine before and after, 0 where it has none. */
  readonly loadAverage: { readonly before: number; readonly after: number };
}

/**
 * Lets everyone work in turn, A B A B, so that a drift of the machine meets all alike. A turn to
 * warm up comes first and does not count.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  turns: number,
): Promise<Contest> {
  for (const contestant of contestants) await contestant.turn();
  const before = loadavg()[0] ?? 0;
  const times = contestants.map((): number[] => []);
  for (let turn = 0; turn < turns; turn++) {
    for (const [n, contestant] of contestants.entries())
      times[n]!.push(...(await contestant.turn()));
  }
  const standings = contestants.map(({ name }, n) => ({
    name,
    times: times[n]!,
    ...statisticsOf(times[n]!),
  }));
  return { standings, loadAverage: { before, after: loadavg()[0] ?? 0 } };
}
