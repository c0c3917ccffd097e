import type { BackendName } from "./backend-names";

export interface BackendErrorOptions {
  /** What went wrong underneath. */
  cause?: unknown;
  /** Nothing is amiss, this machine just lacks it: `auto` goes on without a word. */
  ordinary?: boolean;
}

/** A backend that could not be brought up; one line that says what is missing and how to get it. */
export class BackendError extends Error {
  override readonly name = "BackendError";
  readonly backend: BackendName;
  readonly ordinary: boolean;

  constructor(
    backend: BackendName,
    problem: string,
    { cause, ordinary = false }: BackendErrorOptions = {},
  ) {
    super(`backend ${backend}: ${problem}`, cause === undefined ? undefined : { cause });
    this.backend = backend;
    this.ordinary = ordinary;
  }
}

/** First line of whatever was thrown; tfjs-backend-wasm 4.22.0 throws plain objects with a message. */
export function messageOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null | undefined)?.message ?? thrown;
  return String(message).split("\n", 1)[0]!.trim();
}
