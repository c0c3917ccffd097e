import { cosine, scheduleFromJSON, warmup } from "@tx/schedule";

/** @tx/schedule takes no tfjs at all. */
export async function use(): Promise<void> {
  const schedule = warmup(cosine({ peak: 0.01, totalSteps: 30 }), { warmupSteps: 10 });
  const again = scheduleFromJSON(JSON.parse(JSON.stringify(schedule)));
  if (!(schedule(5) < schedule(10)) || again(7) !== schedule(7)) {
    throw new Error(`expected a rate that rises, got ${schedule(5)} and ${schedule(10)}`);
  }
}
