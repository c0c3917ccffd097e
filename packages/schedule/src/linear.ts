import { type DecayOptions, decay } from "./decay";
import type { Schedule } from "./schedule";

export interface LinearOptions extends DecayOptions {}

/**
 * A straight line from the peak to the minimum after a linear warmup; stays there afterwards.
 *
 * Counts steps from 0: with a warmup the rate of step 0 is 0.
 *
 * @throws RangeError if a rate is negative, a count is not whole, the minimum is above the peak or
 * the warmup longer than the whole.
 * @see Devlin et al. 2019, BERT, appendix A.2, https://arxiv.org/abs/1810.04805
 */
export const linear = (options: LinearOptions): Schedule => decay("linear", options);
