import { constants } from "node:os";

// npm passes Ctrl-C on although the terminal has given it to every program already: one press, two signals.
const samePressMilliseconds = 200;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Whether the user wants to stop. The first Ctrl-C asks for it, a second one quits at once. */
export class Interrupt {
  private signal: (typeof signals)[number] | null = null;
  private askedAt = 0;
  private readonly handlers = signals.map((signal) => [signal, () => this.ask(signal)] as const);

  readonly #stopping = new AbortController();

  /** Called once, at the first signal. */
  onAsk: () => void = () => {};
  /** Called before the second signal ends the process. */
  onQuit: () => void = () => {};

  constructor() {
    for (const [signal, handler] of this.handlers) process.on(signal, handler);
  }

  /** Aborted at the first signal. */
  get stop(): AbortSignal {
    return this.#stopping.signal;
  }

  get requested(): boolean {
    return this.signal !== null;
  }

  /** What a program ends with that a signal stopped: 130 for Ctrl-C. */
  get exitCode(): number {
    return this.signal === null ? 0 : 128 + constants.signals[this.signal];
  }

  /** Takes the signals no longer. */
  dispose(): void {
    for (const [signal, handler] of this.handlers) process.off(signal, handler);
  }

  /** As if the signal had come. */
  ask(signal: (typeof signals)[number]): void {
    if (this.signal === null) {
      this.signal = signal;
      this.askedAt = performance.now();
      this.#stopping.abort();
      this.onAsk();
    } else if (performance.now() - this.askedAt > samePressMilliseconds) {
      this.onQuit();
      process.exit(this.exitCode);
    }
  }
}
