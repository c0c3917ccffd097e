/**
 * Makes classes that are there already less likely: positive logits are divided by the penalty and
 * negative ones multiplied by it (the paper divides all, which would make classes of negative logits
 * likelier).
 *
 * @param logits One a class.
 * @param ids Which classes; each counts once.
 * @param penalty Above 1: less likely; 1: as they are; the paper takes 1.2.
 * @returns New logits.
 * @throws RangeError if penalty is not a positive number or an id is no class.
 * @see Keskar et al. 2019, CTRL, §4.1, https://arxiv.org/abs/1909.05858
 */
export function penalizeRepetition(
  logits: ArrayLike<number>,
  ids: Iterable<number>,
  penalty: number,
): Float64Array {
  checkRepetitionPenalty(penalty);
  const penalized = Float64Array.from(logits);
  for (const id of new Set(ids)) {
    const logit = logits[id];
    if (logit === undefined) {
      throw new RangeError(`ids: expected whole numbers in [0, ${logits.length}), got ${id}`);
    }
    penalized[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return penalized;
}

/** @throws RangeError if it is not a positive number. */
export function checkRepetitionPenalty(penalty: number): void {
  if (!(penalty > 0 && Number.isFinite(penalty))) {
    throw new RangeError(`repetitionPenalty: expected a positive number, got ${penalty}`);
  }
}
