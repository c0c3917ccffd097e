import type { Positional, PositionalConfig } from "@tx/core";

/**
 * No positions at all: a causal decoder can tell order from how many tokens each place sees. No
 * parameters, any length.
 *
 * Without a causal mask a Transformer with it is permutation-equivariant: it gives reordered tokens
 * the same outputs in the new order and knows nothing of the order itself.
 *
 * @see Kazemnejad et al. 2023, The Impact of Positional Encoding on Length Generalization in
 *   Transformers, §5, https://arxiv.org/abs/2305.19466
 */
export class Nope implements Positional {
  readonly kind = "nope";
  readonly relative = true;

  toJSON(): PositionalConfig {
    return { kind: this.kind, version: 1 };
  }
}

/** No positions; see {@link Nope}. */
export function nope(): Nope {
  return new Nope();
}
