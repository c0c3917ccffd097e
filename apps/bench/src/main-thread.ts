import { readFileSync } from "node:fs";

/**
 * Milliseconds that the calling thread has had a processor so far, which other programs' work does not
 * lengthen as it does the time on the wall. Undefined where the system does not tell (all but Linux).
 */
export function threadMs(): number | undefined {
  try {
    const [nanoseconds] = readFileSync("/proc/thread-self/schedstat", "utf8").split(" ");
    return Number(nanoseconds) / 1e6;
  } catch {
    return undefined;
  }
}
