/**
 * Perplexity of a mean cross-entropy: e^nats, the number of equally likely tokens that would be as
 * hard to tell apart.
 *
 * @param nats Mean loss a token, as softmaxCrossEntropy gives it without smoothing or z-loss.
 */
export function perplexity(nats: number): number {
  return Math.exp(nats);
}

/**
 * Bits a character of a text of a mean cross-entropy: nats / ln 2 · tokensPerCharacter, by which
 * models of different vocabularies can be compared.
 *
 * @param nats Mean loss a token, as softmaxCrossEntropy gives it without smoothing or z-loss.
 * @param tokensPerCharacter Tokens of the text over its characters. Default 1: tokens are characters
 *   (or bytes: then they are bits a byte).
 * @throws RangeError if tokensPerCharacter is not a positive number.
 */
export function bitsPerCharacter(nats: number, tokensPerCharacter = 1): number {
  if (!(tokensPerCharacter > 0 && tokensPerCharacter < Infinity)) {
    throw new RangeError(
      `tokensPerCharacter: expected a positive number, got ${tokensPerCharacter}`,
    );
  }
  return (nats / Math.LN2) * tokensPerCharacter;
}
