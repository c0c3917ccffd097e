import { type Contention, ContentionWatch } from "./contention";
import { type Statistics, statisticsOf } from "./statistics";

/** Somebody who does the same work as the others. */
export interface Contestant {
  readonly name: string;
  /** One turn; milliseconds of each piece of work in it. */
  turn(): Promise<number[]>;
  /** What there is to tell beside the times, once all turns are over. */
  about?(): object;
  /** Frees what it holds, such as a process. */
  stop?(): void;
}

export interface Standing extends Statistics {
  readonly name: string;
  readonly times: readonly number[];
  /** Of a peer: what it is and runs on. */
  readonly version?: string;
  readonly device?: string;
  readonly peakRssBytes?: number;
  readonly peakDeviceBytes?: number;
}

/** Somebody who could not do the work, in their own words. */
interface Failure {
  readonly name: string;
  readonly error: string;
}

export interface Contest {
  /** In the order of the contestants, less those that failed. */
  readonly standings: readonly Standing[];
  readonly failures: readonly Failure[];
  readonly contention: Contention;
}

/**
 * Lets everyone work in turn, A B A B, so that a drift of the machine meets all alike. A turn to
 * warm up comes first and does not count. Who fails is out, and the others go on.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  turns: number,
): Promise<Contest> {
  const times = contestants.map((): number[] => []);
  const errors = new Map<Contestant, string>();
  const round = async (contestant: Contestant): Promise<number[]> => {
    if (errors.has(contestant)) return [];
    try {
      return await contestant.turn();
    } catch (error) {
      errors.set(contestant, messageOf(error));
      return [];
    }
  };
  for (const contestant of contestants) await round(contestant);
  const watch = await ContentionWatch.start();
  for (let turn = 0; turn < turns; turn++) {
    for (const [n, contestant] of contestants.entries()) {
      watch.look();
      times[n]!.push(...(await round(contestant)));
    }
  }
  const contention = await watch.end();
  const standings = contestants.flatMap((contestant, n): Standing[] =>
    errors.has(contestant)
      ? []
      : [
          {
            name: contestant.name,
            ...contestant.about?.(),
            ...statisticsOf(times[n]!),
            times: times[n]!,
          },
        ],
  );
  const failures = [...errors].map(([{ name }, error]) => ({ name, error }));
  return { standings, failures, contention };
}

/** What an error says, in one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replace(/\s*\n\s*/g, " ");
}
