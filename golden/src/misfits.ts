/** A case that a backend of tfjs itself cannot compute. */
export interface Misfit {
  /** What of tfjs is to blame, and how that is known. */
  readonly reason: string;
  /** What the case then says. */
  readonly message: RegExp;
}

/**
 * Cases by path that cannot pass on a backend because of that backend: all others have to, and these
 * have to fail in the very way that is told here.
 */
export const misfits: Readonly<Record<string, Readonly<Record<string, Misfit>>>> = {};
