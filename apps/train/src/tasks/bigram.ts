/**
 * How well the character before alone tells the next one: the yardstick that a Transformer must beat.
 *
 * p(next | before) = (times the pair was seen + 1) / (times before was seen + vocabulary), counted on
 * the training part. One is added everywhere so that an unseen pair is unlikely and not impossible.
 *
 * @param training ids that are counted
 * @param windows ids to predict: in each window every id but the first, from the one before it
 * @returns mean loss in nats per character
 * @see Jurafsky and Martin 2025, Speech and Language Processing, §3.6.1 (Laplace smoothing)
 */
export function bigramLoss(
  training: Int32Array,
  windows: Iterable<Int32Array>,
  vocabSize: number,
): number {
  const pairs = new Map<number, number>();
  const before = new Float64Array(vocabSize);
  for (let i = 1; i < training.length; i++) {
    const pair = training[i - 1]! * vocabSize + training[i]!;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    before[training[i - 1]!]! += 1;
  }
  let total = 0;
  let count = 0;
  for (const window of windows) {
    for (let i = 1; i < window.length; i++) {
      const seen = pairs.get(window[i - 1]! * vocabSize + window[i]!) ?? 0;
      total -= Math.log((seen + 1) / (before[window[i - 1]!]! + vocabSize));
      count += 1;
    }
  }
  return total / count;
}
