import { effect, type Signal, signal } from "@preact/signals";

const PREFIX = "tx-lab.";

/**
 * A choice of the reader that the browser remembers.
 *
 * @param allowed What it may be: anything else that is found is as if there were nothing.
 * @param first What it is where nothing is remembered.
 */
export function remembered<T extends string>(
  name: string,
  allowed: readonly T[],
  first: T,
): Signal<T> {
  const found = read(name);
  const choice = signal(allowed.find((value) => value === found) ?? first);
  effect(() => write(name, choice.value));
  return choice;
}

// A browser may forbid storage; then nothing is remembered.
function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {}
}
