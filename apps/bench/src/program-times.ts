import { backend, time } from "@tensorflow/tfjs-core";

interface Timed {
  /** "name: milliseconds, name: milliseconds", a program each. */
  getExtraProfileInfo?(): string;
}

/**
 * Milliseconds that the device of the webgpu backend took for each program of some work, by name,
 * longest first. Each program is sent by itself then, so that all of it takes longer than it would.
 *
 * @returns Undefined where the device has no timestamps.
 */
export async function programTimes(work: () => void): Promise<Map<string, number> | undefined> {
  const { device } = backend() as { device?: { features: { has(feature: string): boolean } } };
  if (!device?.features.has("timestamp-query")) return undefined;
  const { getExtraProfileInfo } = (await time(work)) as Timed;
  return sumsByName(getExtraProfileInfo?.() ?? "");
}

/** Sums by name of what tfjs says in one line. */
export function sumsByName(line: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [, name, ms] of line.matchAll(/([^ ,:]+): ([\d.e+-]+)(?:, |$)/g)) {
    sums.set(name!, (sums.get(name!) ?? 0) + Number(ms));
  }
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}
