/** Label of what is not asked for. */
export const IGNORED = -100;
