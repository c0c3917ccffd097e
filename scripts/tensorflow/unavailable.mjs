/** This machine lacks something that no change of ours could give it: the message says what. */
export class Unavailable extends Error {
  name = "Unavailable";
}

/** EX_UNAVAILABLE of sysexits.h */
export const UNAVAILABLE = 69;
