import { cpus, loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { statisticsOf } from "./statistics";

/** How much of the machine others had while something was measured. */
export interface Contention {
  /** One-minute load averages, this program's own work included; 0 where the system has none. */
  readonly loadAverage: { readonly before: number; readonly after: number };
  /** Cores that were busy while this program and its peers only waited, before and after. */
  readonly busyCores: { readonly before: number; readonly after: number };
  /**
   * Times of one small loop that needs one core and no memory, over the least of them: 1 where the
   * core was there each time.
   */
  readonly loopSlowDown: { readonly median: number; readonly max: number };
}

/** How long to look at an idle machine, in milliseconds. */
const LOOK = 150;

/** Looks at the machine before, between and after measurements. */
export class ContentionWatch {
  private readonly loopMs: number[] = [];

  private constructor(
    private readonly loadBefore: number,
    private readonly busyBefore: number,
  ) {}

  static async start(): Promise<ContentionWatch> {
    const watch = new ContentionWatch(loadavg()[0] ?? 0, await busyCores());
    // Compiled by then; the calibration.
    for (let n = 0; n < 20; n++) loopOnce();
    for (let n = 0; n < 5; n++) watch.look();
    return watch;
  }

  /** To be called before each piece of work. */
  look(): void {
    this.loopMs.push(loopOnce());
  }

  async end(): Promise<Contention> {
    return {
      loadAverage: { before: this.loadBefore, after: loadavg()[0] ?? 0 },
      busyCores: { before: this.busyBefore, after: await busyCores() },
      loopSlowDown: slowDownOf(this.loopMs),
    };
  }
}

/** Median and greatest of some times, over the least. */
export function slowDownOf(times: readonly number[]): Contention["loopSlowDown"] {
  const { median, min, max } = statisticsOf(times);
  return { median: median / min, max: max / min };
}

/** @returns Milliseconds; about one. */
function loopOnce(): number {
  const started = performance.now();
  let sum = 1;
  for (let n = 0; n < 400_000; n++) sum = sum * 0.999999 + n;
  const taken = performance.now() - started;
  // Never so: the sum has to be used, lest the loop be left out.
  return sum < 0 ? Number.NaN : taken;
}

async function busyCores(): Promise<number> {
  const before = processorTimes();
  await wait(LOOK);
  const after = processorTimes();
  const all = after.all - before.all;
  // The clock of these figures ticks in hundredths of a second; without a tick nothing is known.
  return all === 0 ? 0 : (cpus().length * (after.busy - before.busy)) / all;
}

function processorTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busy += user + nice + sys + irq;
    all += user + nice + sys + irq + idle;
  }
  return { busy, all };
}

/** Of several measurements, one after another. @throws RangeError if there are none. */
export function joinedContention(parts: readonly Contention[]): Contention {
  const [first, last] = [parts[0], parts.at(-1)];
  if (!first || !last) throw new RangeError("parts: expected at least one, got none");
  const greatest = (key: "median" | "max") =>
    Math.max(...parts.map(({ loopSlowDown }) => loopSlowDown[key]));
  return {
    loadAverage: { before: first.loadAverage.before, after: last.loadAverage.after },
    busyCores: { before: first.busyCores.before, after: last.busyCores.after },
    loopSlowDown: { median: greatest("median"), max: greatest("max") },
  };
}
