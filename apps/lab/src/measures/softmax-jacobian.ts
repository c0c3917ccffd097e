/**
 * The largest absolute entry of the Jacobian of softmax at these scores, diag(p) − p pᵀ.
 *
 * It is on the diagonal, since pᵢ pⱼ ≤ pᵢ (1 − pᵢ): the largest pᵢ (1 − pᵢ). 1 − pᵢ is summed from
 * the other weights, so that it keeps its digits where pᵢ is nearly 1.
 */
export function largestJacobianEntry(scores: ArrayLike<number>): number {
  const all = Array.from(scores);
  const highest = Math.max(...all);
  const weights = all.map((score) => Math.exp(score - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(
    ...weights.map((weight, i) => {
      const others = weights.reduce((sum, other, j) => (i === j ? sum : sum + other), 0);
      return (weight / total) * (others / total);
    }),
  );
}
