// The block of whole numbers through which the caller and the workers meet. Slots by index; those
// that threads contend for lie in cache lines of their own.

/** Counts jobs; workers sleep on it. */
export const GENERATION = 0;
/** Workers asleep. */
export const SLEEPERS = 1;
/** Next share to take: the job's number in the upper bits, the share in the lower. */
export const NEXT = 16;
/** Shares done; the caller sleeps on it. */
export const DONE = 32;
/** Shares whose kernel trapped on a worker. */
export const TRAPPED = 33;
/** Which kernel, by its place among the module's exports. */
export const KERNEL = 48;
/** Address of its arguments. */
export const ARGS = 49;
/** Units of the whole job. */
export const UNITS = 50;
/** Units a share. */
export const SHARE = 51;
/** Set once the pool is given up: workers end. */
export const RETIRED = 52;
/** From here a slot a worker: 1 + the share it is at or about to take, 0 for none. */
export const AT = 64;
/** Most workers of one pool. */
export const MOST_WORKERS = 255;
export const CONTROL_SLOTS = AT + MOST_WORKERS;

/** Bits of NEXT for the share. */
export const SHARE_BITS = 10;
/** The share of a job that is being written down, or over: nobody may take it. */
export const CLOSED = 2 ** SHARE_BITS - 1;
/** Most shares of one job. */
export const MOST_SHARES = CLOSED - 1;
/** Jobs are numbered up to here and then from 0 again. */
export const LAST_JOB = 2 ** (31 - SHARE_BITS) - 1;
