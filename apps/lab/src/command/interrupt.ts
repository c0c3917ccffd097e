import { constants } from "node:os";

// npm passes Ctrl-C on although the terminal has given it to every program already: one press, two signals.
const samePressMilliseconds = 200;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a program ends with that a signal stopped: 130 for Ctrl-C. */
const exitCodeOf = (signal: (typeof signals)[number]) => 128 + constants.signals[signal];

/** Why work was stopped. */
export class Stopped extends Error {
  override readonly name = "Stopped";

  constructor(readonly exitCode: number) {
    super("stopped");
  }
}

/** Runs work that is asked to stop by the first Ctrl-C; a second one ends the process at once. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  let askedAt = 0;
  const handlers = signals.map((signal) => {
    const handler = () => {
      if (!stopping.signal.aborted) {
        askedAt = performance.now();
        stopping.abort(new Stopped(exitCodeOf(signal)));
      } else if (performance.now() - askedAt > samePressMilliseconds) {
        process.exit(exitCodeOf(signal));
      }
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  try {
    return await work(stopping.signal);
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
