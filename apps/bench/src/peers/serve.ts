import { createInterface } from "node:readline";
import { messageOf } from "../turns";
import type { PeerAbout, PeerRequest } from "./request";

/** A peer that is ready to work. */
export interface PeerWork {
  readonly about: PeerAbout;
  /** @returns Milliseconds of one piece of work, ended by reading a result. */
  once(): Promise<number>;
}

/**
 * The process of a peer: answers each line that it reads with a turn, as {@link PeerProcess} expects.
 * Ends when there are no more lines, or with an error that it tells.
 */
export async function serve(start: (request: PeerRequest) => Promise<PeerWork>): Promise<void> {
  // Lines of packages, such as a greeting, are no answers.
  console.log = console.info = console.error;
  const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  try {
    const request = JSON.parse(process.argv[2] ?? "{}") as PeerRequest;
    const { about, once } = await start(request);
    say(about);
    for await (const _ of createInterface({ input: process.stdin })) {
      const ms: number[] = [];
      for (let run = 0; run < request.runs; run++) ms.push(await once());
      say({ ms, peakRssBytes: process.resourceUsage().maxRSS * 1024 });
    }
  } catch (error) {
    say({ error: messageOf(error) });
  }
  // A device or a pool of threads may hold the process.
  process.stdout.end(() => process.exit());
}
