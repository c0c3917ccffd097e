/** Logarithms of the softmax of logits, in float64. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  let most = -Infinity;
  for (let id = 0; id < logits.length; id++) most = Math.max(most, logits[id]!);
  let total = 0;
  for (let id = 0; id < logits.length; id++) total += Math.exp(logits[id]! - most);
  const offset = most + Math.log(total);
  return Float64Array.from(logits, (logit) => logit - offset);
}
