import { type DecayOptions, decay } from "./decay";
import type { Schedule } from "./schedule";

export interface CosineOptions extends DecayOptions {}

/**
 * Half a cosine from the peak to the minimum after a linear warmup; stays at the minimum afterwards.
 *
 * Counts steps from 0: with a warmup the rate of step 0 is 0.
 *
 * @throws RangeError if a rate is negative, a count is not whole, the minimum is above the peak or
 * the warmup longer than the whole.
 * @see Loshchilov and Hutter 2017, SGDR, §3, eq. 5 (one cycle), https://arxiv.org/abs/1608.03983
 */
export const cosine = (options: CosineOptions): Schedule => decay("cosine", options);
