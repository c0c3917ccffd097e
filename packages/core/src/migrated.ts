/** What one version of a saved value says, as the next version says it; its version is left alone. */
export type Migration = (old: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/**
 * A saved value with a `version`, lifted step by step to the newest.
 *
 * @param steps The first lifts version 1 to 2, the second 2 to 3, and so on. None is ever taken
 *   away: with it would go the files that only it can read.
 * @returns The value in version steps.length + 1. One that is of that version already, or says none
 *   that is known, is returned as it is, for its reader to check.
 */
export function migrated<T>(value: T, steps: readonly Migration[]): T {
  const { version } = (value ?? {}) as { version?: unknown };
  const newest = steps.length + 1;
  if (!Number.isInteger(version) || (version as number) < 1 || (version as number) >= newest) {
    return value;
  }
  const lifted = steps
    .slice((version as number) - 1)
    .reduce<Record<string, unknown>>((old, step) => step(old), value as Record<string, unknown>);
  return { ...lifted, version: newest } as T;
}
