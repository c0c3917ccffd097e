/**
 * −Σ p log softmax of the row of logits of each token read, in float64, where p is the wanted
 * token's with a share spread over all.
 */
export function crossEntropies(
  logits: readonly (readonly number[])[],
  read: readonly number[],
  wanted: readonly number[],
  smoothing = 0,
): number[] {
  return wanted.map((target, n) => {
    const row = logits[read[n]!]!;
    const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return row.reduce((sum, logit, token) => {
      const share = smoothing / row.length + (token === target ? 1 - smoothing : 0);
      return sum + share * (Math.log(total) - logit);
    }, 0);
  });
}

export const mean = (numbers: readonly number[]) =>
  numbers.reduce((total, x) => total + x, 0) / numbers.length;
